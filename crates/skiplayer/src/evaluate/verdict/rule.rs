//! The verdict, by a written rule.
//!
//! Gates in order: is there any signal, is there curvature, does the network predict better, is the skip needed? One test of
//! curvature guards every "nonlinear": prediction alone never earns it.

use crate::evaluate::record::{Curvature, Gain, Verdict, VerdictCode};

/// Level of the tests.
const LEVEL: f64 = 0.05;

/// Standard errors of a gain that a one-sided test at that level finds four times in five: 1.645 + .842.
const DETECTABLE: f64 = 2.49;

/// What the rule looks at.
pub struct Evidence<'a> {
    pub curvature: &'a Curvature,
    /// The network over the linear model.
    pub gain: Option<&'a Gain>,
    /// The linear model over the mean.
    pub linear_over_mean: Option<&'a Gain>,
    /// The network with the skip over that without.
    pub skip: Option<&'a Gain>,
    /// Rows that these losses are of.
    pub n: usize,
}

/// Applies the rule.
pub fn decide(evidence: &Evidence) -> Verdict {
    let mut reasons = Vec::new();
    let slopes = evidence.curvature.slopes.as_ref().map(|test| test.p_value);
    let p = evidence.curvature.p_value;
    let verdict = |code, text: String, reasons| Verdict { code, text, reasons };

    let line_pays = evidence.linear_over_mean.is_some_and(|gain| gain.p_better > 0.95);
    let pays = evidence.gain.is_some_and(|gain| gain.p_better > 0.95);
    if let Some(slopes) = slopes {
        reasons.push(format!("signal: slopes all zero? p = {}", p_text(slopes)));
    }
    if let Some(gain) = evidence.linear_over_mean {
        reasons.push(format!("signal: the line removes {} of the loss of a constant", percent(gain.mean)));
    }
    match (p, &evidence.curvature.note) {
        (Some(p), _) => reasons.push(format!("curvature: wild-bootstrap battery, p = {}", p_text(p))),
        (None, Some(note)) => reasons.push(format!("curvature: not tested ({note})")),
        (None, None) => reasons.push("curvature: not tested".into()),
    }
    let Some(gain) = evidence.gain else {
        let text = "The linear model and a network could not be compared on these folds.".to_owned();
        return verdict(VerdictCode::Undecided, text, reasons);
    };
    reasons.push(format!(
        "gain of the network over the line: {} of its loss, 95% interval {} to {}; better with probability {:.2}, \
         practically equal {:.2}, worse {:.2}",
        percent(gain.mean),
        percent(gain.lo),
        percent(gain.hi),
        gain.p_better,
        gain.p_equal,
        gain.p_worse
    ));

    let quiet = slopes.is_none_or(|p| p >= LEVEL) && p.is_none_or(|p| p >= LEVEL);
    if quiet && !line_pays && !pays {
        let text = "No signal: neither slopes nor curvature can be told from noise, and no contender predicts better than \
                    the mean. More rows or other inputs are needed.";
        return verdict(VerdictCode::NoSignal, text.into(), reasons);
    }
    match p {
        Some(p) if p < LEVEL => {
            // Stricter than G > 0: a gain that lies within the region of practical equivalence buys nothing.
            if gain.mean <= 0.0 || gain.p_worse >= 0.5 || gain.p_better < LEVEL {
                let text = format!(
                    "Undecided: curvature is present (p = {}), but at this number of rows the network does not predict \
                     better than the line. The linear model is the safer one to use.{}",
                    p_text(p),
                    rows_needed(gain, evidence.n)
                );
                return verdict(VerdictCode::Undecided, text, reasons);
            }
            let skip_is_idle = evidence.skip.is_some_and(|skip| skip.mean < skip.rope);
            if let Some(skip) = evidence.skip {
                reasons.push(format!("skip: it removes {} of the loss of a network without it", percent(skip.mean)));
            }
            if skip_is_idle {
                let text = format!(
                    "Nonlinear: the network removes {} of the linear model's loss (p = {} for curvature), and a network \
                     without the skip does as well. The linear part is a convenience here, not a need.",
                    percent(gain.mean),
                    p_text(p)
                );
                return verdict(VerdictCode::Nonlinear, text, reasons);
            }
            let text = format!(
                "Linear part plus hidden units: the network removes {} of the linear model's loss on new rows \
                 (p = {} for curvature). The units are worth having{}.",
                percent(gain.mean),
                p_text(p),
                if gain.p_better < 0.95 { ", though the gain is not certain" } else { "" }
            );
            verdict(VerdictCode::LinearPlusUnits, text, reasons)
        }
        _ if gain.p_better < LEVEL => {
            let test = p.map_or("the tests of curvature could not be made".to_owned(), |p| {
                format!("no curvature is found (p = {})", p_text(p))
            });
            let text = format!("The problem is linear: {test}, and a network would not predict noticeably better.");
            verdict(VerdictCode::Linear, text, reasons)
        }
        _ => {
            let curvature = p.map_or("curvature could not be tested, and".to_owned(), |p| {
                format!("no curvature is found (p = {}), but", p_text(p))
            });
            let text = format!(
                "Undecided: {curvature} the folds do not exclude a gain. {}{}",
                power(gain),
                rows_needed(gain, evidence.n)
            );
            verdict(VerdictCode::Undecided, text, reasons)
        }
    }
}

/// Half of a 95% interval is about two standard errors.
fn standard_error(gain: &Gain) -> f64 {
    (gain.hi - gain.lo) / 4.0
}

/// What gain these folds would find, in a sentence.
fn power(gain: &Gain) -> String {
    let detectable = DETECTABLE * standard_error(gain);
    if detectable >= 1.0 {
        return "They differ so much that not even a network without any loss would be sure to be noticed.".into();
    }
    format!("A nonlinear share of {} of the line's loss would be found four times in five.", percent(detectable))
}

/// How many rows would tell the gain that was seen from none, in a sentence that follows another; empty where there is no gain or these
/// rows are enough. Squared standard errors fall like 1 / n.
fn rows_needed(gain: &Gain, n: usize) -> String {
    let times = (DETECTABLE * standard_error(gain) / gain.mean.max(0.0)).powi(2);
    match times {
        1.0..=100.0 => {
            let rows = n as f64 * times;
            // Two digits are more than the estimate has.
            let unit = 10f64.powf(rows.log10().floor() - 1.0).max(1.0);
            format!(
                " The gain seen, {}, would take about {:.0} rows to be found.",
                percent(gain.mean),
                (rows / unit).ceil() * unit
            )
        }
        _ => String::new(),
    }
}

fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share)
}

fn p_text(p: f64) -> String {
    format!("{p:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::record::Test;

    fn curvature(p: Option<f64>, slopes: f64) -> Curvature {
        let slopes = Test { name: "slopes".into(), statistic: 1.0, p_value: slopes, note: None };
        Curvature { p_value: p, tests: Vec::new(), n_bootstrap: 499, slopes: Some(slopes), note: None }
    }

    fn gain(mean: f64, p_better: f64, p_worse: f64) -> Gain {
        Gain { mean, lo: mean - 0.1, hi: mean + 0.1, p_better, p_equal: 1.0 - p_better - p_worse, p_worse, rope: 0.01 }
    }

    fn code(p: Option<f64>, slopes: f64, network: Gain, line: Gain, skip: Gain) -> VerdictCode {
        let curvature = curvature(p, slopes);
        let evidence = Evidence {
            curvature: &curvature,
            gain: Some(&network),
            linear_over_mean: Some(&line),
            skip: Some(&skip),
            n: 100,
        };
        decide(&evidence).code
    }

    #[test]
    fn what_the_folds_would_find() {
        // Standard error .05.
        assert!(power(&gain(0.0, 0.0, 0.0)).contains("share of 12."));
        let wide = Gain { lo: -2.0, hi: 2.0, ..gain(0.0, 0.0, 0.0) };
        assert!(power(&wide).contains("not even"));
        // (2.49 x .05 / .05)^2 = 6.2 times as many rows.
        assert!(rows_needed(&gain(0.05, 0.5, 0.1), 100).contains("about 630 rows"));
        assert!([-0.1, 0.0, 0.001, 0.2].into_iter().all(|seen| rows_needed(&gain(seen, 0.5, 0.1), 100).is_empty()));
    }

    #[test]
    fn the_rule_case_by_case() {
        let (good, none, bad) = (gain(0.3, 0.99, 0.0), gain(0.0, 0.0, 0.0), gain(-0.1, 0.01, 0.9));
        assert_eq!(code(Some(0.5), 0.4, none, bad, none), VerdictCode::NoSignal);
        assert_eq!(code(Some(0.5), 0.001, none, good, none), VerdictCode::Linear);
        assert_eq!(code(None, 0.001, none, good, none), VerdictCode::Linear);
        assert_eq!(code(Some(0.001), 0.001, good, good, gain(0.05, 0.9, 0.0)), VerdictCode::LinearPlusUnits);
        assert_eq!(code(Some(0.001), 0.001, good, good, none), VerdictCode::Nonlinear);
        assert_eq!(code(Some(0.001), 0.001, bad, good, none), VerdictCode::Undecided);
        assert_eq!(code(Some(0.001), 0.001, gain(0.002, 0.003, 0.001), good, none), VerdictCode::Undecided);
        assert_eq!(code(Some(0.5), 0.001, gain(0.02, 0.4, 0.2), good, none), VerdictCode::Undecided);
        // Better prediction without a sign of curvature never makes a problem nonlinear.
        assert_eq!(code(Some(0.5), 0.001, good, good, none), VerdictCode::Undecided);
    }
}
