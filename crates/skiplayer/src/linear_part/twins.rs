//! Columns that are nearly the same: a unit conversion, a code and its label, a copy.

use super::responses::Responses;

/// Correlation from which two columns count as nearly the same.
const ALIKE: f64 = 0.999;
/// Inputs beyond which nobody waits for all pairs, and pairs that are told.
const MOST_INPUTS: usize = 200;
const MOST_PAIRS: usize = 3;

/// A sentence for each pair of inputs of which one is in `used` and that are nearly the same, but for those in `told`. O(n p²).
pub fn remarks(responses: &Responses, used: &[usize], told: &[usize], names: &[String]) -> Vec<String> {
    let p = responses.x.n_columns();
    if p > MOST_INPUTS {
        return Vec::new();
    }
    let standard: Vec<Option<Vec<f64>>> =
        (0..p).map(|j| standardised(responses.x.column(j), responses.weight)).collect();
    let correlation = |a: usize, b: usize| -> Option<f64> {
        let (a, b) = (standard[a].as_ref()?, standard[b].as_ref()?);
        Some(a.iter().zip(b).map(|(a, b)| a * b).sum())
    };
    let is_news =
        |a: &usize, b: &usize| (used.contains(a) || used.contains(b)) && !(told.contains(a) && told.contains(b));
    (0..p)
        .flat_map(|a| (a + 1..p).map(move |b| (a, b)))
        .filter(|(a, b)| is_news(a, b))
        .filter_map(|(a, b)| Some((a, b, correlation(a, b).filter(|r| r.abs() > ALIKE)?)))
        .take(MOST_PAIRS)
        .map(|(a, b, r)| {
            format!(
                "`{}` and `{}` are nearly the same (correlation {r:.4}): which of them is in the model, and with which share of the \
                 coefficient, is a matter of little; their effect together is what is known",
                names[a], names[b]
            )
        })
        .collect()
}

/// Mean 0 and sum of squares 1, times the roots of the weights; `None` for a column that does not vary.
fn standardised(column: &[f64], weight: &[f64]) -> Option<Vec<f64>> {
    let total: f64 = weight.iter().sum();
    let mean = column.iter().zip(weight).map(|(x, w)| w * x).sum::<f64>() / total;
    let centred: Vec<f64> = column.iter().zip(weight).map(|(x, w)| w.sqrt() * (x - mean)).collect();
    let length = centred.iter().map(|x| x * x).sum::<f64>().sqrt();
    (length > 0.0 && length.is_finite()).then(|| centred.iter().map(|x| x / length).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::Loss;
    use crate::matrix::Matrix;

    #[test]
    fn a_unit_conversion_is_named_and_a_correlation_is_not() {
        let cm: Vec<f64> = (0..40).map(|i| 150.0 + f64::from(i * 7 % 40)).collect();
        let inch = cm.iter().map(|x| (x / 0.254).round() / 10.0).collect();
        let exact = cm.iter().map(|x| 0.01 * x).collect();
        let loose = cm.iter().enumerate().map(|(i, x)| x + f64::from(i as u32 % 9)).collect();
        let x = Matrix::from_columns(40, &[cm, inch, exact, loose]);
        let y = Matrix::from_fn(40, 1, |i, _| i as f64);
        let responses = Responses {
            x: &x,
            y: &y,
            weight: &[1.0; 40],
            offset: &[],
            loss: Loss::Squared,
            groups: None,
            durations: None,
        };
        let names: Vec<String> = ["cm", "inch", "m", "other"].map(String::from).to_vec();
        let found = remarks(&responses, &[0], &[], &names);
        assert!(found.len() == 2 && found[0].starts_with("`cm` and `inch`"), "{found:?}");
        assert_eq!(remarks(&responses, &[0, 2], &[0, 2], &names).len(), 2, "cm and inch, inch and m");
        assert_eq!(remarks(&responses, &[3], &[], &names), Vec::<String>::new());
    }
}
