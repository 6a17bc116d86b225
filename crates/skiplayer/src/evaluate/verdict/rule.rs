//! The verdict, by a written rule.
//!
//! Gates in order: is there any signal, is there curvature, does a network predict better, is the skip needed? One test of
//! curvature guards every "nonlinear": prediction alone never earns it. "Linear" is guarded twice: by that test, which has to be made
//! and not to be near its level, and by all contenders, where no network may be ahead beyond its error.

use crate::evaluate::record::{Curvature, Gain, Verdict, VerdictCode};

/// Level of the tests.
const LEVEL: f64 = 0.05;

/// Up to this p-value a test is near its level: too little evidence of curvature, too much to call the data linear.
const NEAR_LEVEL: f64 = 0.1;

/// Probability of a gain from which curvature counts as worth its units: a coin flip does not do.
const LIKELY: f64 = 0.75;

/// Probability of a loss from which a gain is not counted however likely it is: with few folds or groups an interval that is mostly gain
/// may hold losses as large.
const RISKY: f64 = 0.1;

/// Share of the loss of a constant below which a line has no error to speak of.
const EXACT: f64 = 1e-9;

/// Standard errors of a gain that a one-sided test at that level finds four times in five: 1.645 + .842.
const DETECTABLE: f64 = 2.49;

/// What the rule looks at.
pub struct VerdictInputs<'a> {
    pub curvature: &'a Curvature,
    /// The best network over the linear model, chosen in each fold by the others.
    pub gain: Option<&'a Gain>,
    /// Which network that is, as in "the skip-layer network", if it is the same in all folds.
    pub best: &'a str,
    /// Whether it had hidden units in any fold: without them the folds have measured the line against itself.
    pub has_units: bool,
    /// Every network over the linear model, with its name.
    pub rivals: &'a [(String, Gain)],
    /// The linear model over the mean.
    pub linear_over_mean: Option<&'a Gain>,
    /// The network with the skip over that without.
    pub skip: Option<&'a Gain>,
    /// Shares of the loss of the mean that the linear model and the best network remove, out of fold.
    pub explained: Option<(f64, f64)>,
    /// What the loss is of: variance or deviance.
    pub measure: &'a str,
    /// Whether the linear model has a coefficient for every combination of inputs that occurs.
    pub is_saturated: bool,
    /// Rows that these losses are of.
    pub n: usize,
}

/// Applies the rule.
pub fn decide(inputs: &VerdictInputs) -> Verdict {
    let reasons = inputs.reasons();
    let (code, text) = match inputs.gain {
        None => {
            let text = "Undecided: the linear model and a network could not be compared on these folds.".to_owned();
            (VerdictCode::Undecided, text)
        }
        Some(gain) => inputs.gates(gain),
    };
    Verdict { code, text, reasons }
}

impl VerdictInputs<'_> {
    /// The gates in order, each with what was seen.
    fn reasons(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if let Some(slopes) = &self.curvature.slopes {
            reasons.push(format!("signal: test of all slopes being zero, p = {}", p_value_text(slopes.p_value)));
        }
        if let Some(gain) = self.linear_over_mean {
            reasons.push(format!(
                "signal: on held-out rows the loss of the linear model is {} that of the mean",
                lower_than(gain)
            ));
        }
        match (self.curvature.p_value, &self.curvature.note) {
            (Some(p), _) => reasons.push(format!("curvature: wild-bootstrap test, p = {}", p_value_text(p))),
            (None, Some(note)) => reasons.push(format!("curvature: not tested ({note})")),
            (None, None) => reasons.push("curvature: not tested".into()),
        }
        if let Some(gain) = self.gain {
            reasons.push(format!(
                "gain of {} over the linear model: {}, 95% interval {} to {}; probability of being better {:.2}, equal \
                 (within {}) {:.2}, worse {:.2}",
                self.best,
                percent(gain.mean),
                percent(gain.lo),
                percent(gain.hi),
                gain.p_better,
                percent(gain.rope),
                gain.p_equal,
                gain.p_worse
            ));
        }
        for (name, gain) in self.rivals.iter().filter(|(name, _)| name != self.best) {
            reasons.push(format!(
                "gain of {name}: {}, 95% interval {} to {}",
                percent(gain.mean),
                percent(gain.lo),
                percent(gain.hi)
            ));
        }
        if let Some(skip) = self.skip {
            reasons.push(format!(
                "skip: the loss of the network with it is {} that of the network without",
                lower_than(skip)
            ));
        }
        reasons
    }

    fn gates(&self, gain: &Gain) -> (VerdictCode, String) {
        let line_fits_exactly = self.explained.is_some_and(|(line, _)| line > 1.0 - EXACT);
        if line_fits_exactly {
            return (
                VerdictCode::Linear,
                "Linear: the linear model predicts every held-out row almost exactly.".into(),
            );
        }
        if self.is_saturated {
            return (VerdictCode::Linear, self.linear_by_design());
        }
        let line_pays = self.linear_over_mean.is_some_and(|gain| gain.p_better > 0.95);
        let pays = gain.p_better > 0.95;
        let slopes = self.curvature.slopes.as_ref().map(|test| test.p_value);
        match self.curvature.p_value {
            None => (VerdictCode::Undecided, self.untested(gain)),
            // Tests that were not made are not quiet, and what is ahead of the mean beyond its error is a signal.
            Some(p)
                if p >= NEAR_LEVEL
                    && slopes.is_some_and(|p| p >= LEVEL)
                    && !line_pays
                    && !pays
                    && self.ahead().is_none() =>
            (
                VerdictCode::NoSignal,
                "No signal: neither slopes nor curvature are significant, and no model clearly predicts better than the mean. \
                 More rows or other inputs are needed."
                    .into(),
            ),
            Some(p) if p < LEVEL => self.curved(p, gain),
            Some(p) if p < NEAR_LEVEL => (VerdictCode::Undecided, self.near_level(p, gain)),
            Some(p) => self.quiet(p, gain, slopes.is_some_and(|p| p < LEVEL) && !line_pays),
        }
    }

    fn linear_by_design(&self) -> String {
        let weak = match &self.curvature.slopes {
            Some(slopes) if self.linear_over_mean.is_some_and(|gain| gain.mean <= 0.0) => format!(
                " It is not certain that these means differ (p = {}): on held-out rows they do not predict better than the overall \
                 mean.",
                p_value_text(slopes.p_value)
            ),
            Some(slopes) => format!(" The means differ (p = {}).", p_value_text(slopes.p_value)),
            None => String::new(),
        };
        format!(
            "Linear by design: every combination of inputs that occurs has its own coefficient, so a network cannot add anything. \
             The model is a table of means, one for each combination.{weak}"
        )
    }

    /// No test of curvature: neither "linear" nor "nonlinear" is earned.
    fn untested(&self, gain: &Gain) -> String {
        let why = self.curvature.note.as_ref().map_or(String::new(), |note| format!(" ({note})"));
        format!(
            "Undecided: curvature could not be tested{why}, so it is not known whether a linear model is enough. {}",
            self.seen(gain)
        )
    }

    /// Curvature is there. Stricter than G > 0: a gain that lies within the region of practical equivalence buys nothing.
    fn curved(&self, p: f64, gain: &Gain) -> (VerdictCode, String) {
        let p = p_value_text(p);
        if gain.mean <= 0.0 || gain.p_better < LIKELY || gain.p_worse >= RISKY {
            let text = if gain.mean <= 0.0 || gain.p_better < LEVEL {
                format!(
                    "Undecided: there is curvature (p = {p}), but with this number of rows no network predicts better than the linear \
                     model. The linear model is the safer choice.{}",
                    rows_needed(gain, self.n)
                )
            } else {
                format!(
                    "Undecided: there is curvature (p = {p}), but it is not certain that a network predicts better than the linear \
                     model. {}{}",
                    self.seen(gain),
                    rows_needed(gain, self.n)
                )
            };
            return (VerdictCode::Undecided, text);
        }
        let certain = if gain.p_better < 0.95 { ", though the gain is not certain" } else { "" };
        let shares = self.explained.map_or(String::new(), |(line, network)| {
            format!(
                " Of the {} of these rows, the linear model explains {} and the network {}.",
                self.measure,
                percent(line),
                percent(network)
            )
        });
        let skip_is_idle = self.skip.is_some_and(|skip| skip.mean < skip.rope);
        let is_mostly_line = self.explained.is_some_and(|(line, network)| line > network - line);
        let (code, headline) = if skip_is_idle && !is_mostly_line {
            (VerdictCode::Nonlinear, "Nonlinear")
        } else {
            (VerdictCode::LinearPlusUnits, "Linear plus hidden units")
        };
        let text = format!("{headline}{certain}: there is curvature (p = {p}). {}{shares}", self.seen(gain));
        (code, text)
    }

    fn near_level(&self, p: f64, gain: &Gain) -> String {
        format!(
            "Undecided: the curvature test is inconclusive (p = {}, which is between {LEVEL} and {NEAR_LEVEL}). {}{}",
            p_value_text(p),
            self.seen(gain),
            rows_needed(gain, self.n)
        )
    }

    /// No sign of curvature.
    fn quiet(&self, p: f64, gain: &Gain, is_weak: bool) -> (VerdictCode, String) {
        let p = p_value_text(p);
        let ahead = self.ahead();
        // Without a unit in any fold two lines are compared, and what differs is how they were fitted.
        if (gain.p_better < LEVEL || !self.has_units) && ahead.is_none() {
            let weak = match self.linear_over_mean {
                Some(line) if is_weak => format!(
                    " The slopes are significant, but on held-out rows the loss of the linear model is {} that of the mean \
                     (95% interval of the reduction: {} to {}).",
                    lower_than(line),
                    percent(line.lo),
                    percent(line.hi)
                ),
                _ => String::new(),
            };
            let why = if self.has_units {
                "no network predicts noticeably better"
            } else {
                "no hidden unit was kept in any fold"
            };
            let text = format!("Linear: no curvature is found (p = {p}), and {why}.{weak}");
            return (VerdictCode::Linear, text);
        }
        let power = if self.has_units { format!(" {}", power(gain)) } else { String::new() };
        let seen = match ahead {
            Some((name, ahead)) => compared(name, ahead),
            None => self.seen(gain),
        };
        let text = format!(
            "Undecided: no curvature is found (p = {p}), but a network may still predict better. {seen}{power}{}",
            rows_needed(gain, self.n)
        );
        (VerdictCode::Undecided, text)
    }

    /// The network that is furthest ahead of the line, if one is beyond a standard error.
    fn ahead(&self) -> Option<&(String, Gain)> {
        let ahead = self.rivals.iter().filter(|(_, gain)| gain.mean > gain.rope.max(standard_error(gain)));
        ahead.max_by(|(_, a), (_, b)| a.mean.total_cmp(&b.mean))
    }

    /// The gain that the folds saw, in a sentence.
    fn seen(&self, gain: &Gain) -> String {
        if self.has_units {
            compared(self.best, gain)
        } else {
            "No network kept a hidden unit in any fold, so it was not measured whether hidden units help.".into()
        }
    }
}

/// "On held-out rows, the loss of the network is 12.0% lower than that of the linear model (95% interval of the reduction: 3.0% to
/// 21.0%)."
fn compared(name: &str, gain: &Gain) -> String {
    format!(
        "On held-out rows, the loss of {name} is {} that of the linear model (95% interval of the reduction: {} to {}).",
        lower_than(gain),
        percent(gain.lo),
        percent(gain.hi)
    )
}

/// "12.0% lower than", "3.0% higher than".
fn lower_than(gain: &Gain) -> String {
    if gain.mean < 0.0 {
        // More digits than sense, where the other has hardly any loss.
        let much = if gain.mean < -MOST { "more than 1000%".into() } else { percent(-gain.mean) };
        format!("{much} higher than")
    } else {
        format!("{} lower than", percent(gain.mean))
    }
}

/// Half of a 95% interval is about two standard errors. The upper half may end at a gain of all.
fn standard_error(gain: &Gain) -> f64 {
    (gain.mean - gain.lo) / 2.0
}

/// What gain these folds would find with a probability of 80%, in a sentence.
fn power(gain: &Gain) -> String {
    let detectable = DETECTABLE * standard_error(gain);
    if detectable >= 1.0 {
        return "The folds differ so much that even a network without any loss might not be found to be better.".into();
    }
    format!("With this number of rows, a gain of {} would be found with a probability of 80%.", percent(detectable))
}

/// How many rows a gain of the size seen needs to be found with that probability, in a sentence that follows another; empty where there is no gain or these
/// rows are enough. Squared standard errors fall like 1 / n.
fn rows_needed(gain: &Gain, n: usize) -> String {
    let times = (DETECTABLE * standard_error(gain) / gain.mean.max(0.0)).powi(2);
    match times {
        1.0..=100.0 => {
            let rows = n as f64 * times;
            // Two digits are more than the estimate has.
            let unit = 10f64.powf(rows.log10().floor() - 1.0).max(1.0);
            format!(
                " To confirm a gain of {}, about {:.0} rows would be needed.",
                percent(gain.mean),
                (rows / unit).ceil() * unit
            )
        }
        _ => String::new(),
    }
}

/// Loss that is added, as a share, from which it is not spelled out: where a line has hardly any error, that has more digits than sense.
const MOST: f64 = 10.0;

fn percent(share: f64) -> String {
    if share < -MOST { "below -1000%".into() } else { format!("{:.1}%", 100.0 * share) }
}

/// A p-value in text: one digit more where three would hide on which side of the level it is.
pub fn p_value_text(p: f64) -> String {
    if (p - LEVEL).abs() < 0.002 { format!("{p:.4}") } else { format!("{p:.3}") }
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

    fn verdict_of(
        curvature: &Curvature,
        network: Gain,
        line: Gain,
        skip: Gain,
        change: impl Fn(&mut VerdictInputs),
    ) -> Verdict {
        let mut inputs = VerdictInputs {
            curvature,
            gain: Some(&network),
            best: "the skip-layer network",
            has_units: true,
            rivals: &[("the skip-layer network".to_owned(), network)],
            linear_over_mean: Some(&line),
            skip: Some(&skip),
            explained: Some((0.3, 0.8)),
            measure: "variance",
            is_saturated: false,
            n: 100,
        };
        change(&mut inputs);
        decide(&inputs)
    }

    fn code(p: Option<f64>, slopes: f64, network: Gain, line: Gain, skip: Gain) -> VerdictCode {
        verdict_of(&curvature(p, slopes), network, line, skip, |_| ()).code
    }

    #[test]
    fn what_the_folds_would_find() {
        // Standard error .05.
        assert!(power(&gain(0.0, 0.0, 0.0)).contains("a gain of 12."));
        let wide = Gain { lo: -2.0, hi: 1.0, ..gain(0.0, 0.0, 0.0) };
        assert!(power(&wide).contains("might not be found"));
        // (2.49 x .05 / .05)^2 = 6.2 times as many rows.
        assert!(rows_needed(&gain(0.05, 0.5, 0.1), 100).contains("about 630 rows"));
        assert!([-0.1, 0.0, 0.001, 0.2].into_iter().all(|seen| rows_needed(&gain(seen, 0.5, 0.1), 100).is_empty()));
    }

    #[test]
    fn the_rule_case_by_case() {
        let (good, none, bad) = (gain(0.3, 0.99, 0.0), gain(0.0, 0.0, 0.0), gain(-0.1, 0.01, 0.9));
        assert_eq!(code(Some(0.5), 0.4, none, bad, none), VerdictCode::NoSignal);
        // Near its level the test is not quiet, and what is ahead beyond its error is a signal.
        assert_eq!(code(Some(0.06), 0.4, none, bad, none), VerdictCode::Undecided);
        assert_eq!(code(Some(0.5), 0.4, gain(0.2, 0.88, 0.11), bad, none), VerdictCode::Undecided);
        assert_eq!(code(Some(0.5), 0.001, none, good, none), VerdictCode::Linear);
        // An absent test is no evidence for a line, and one near its level is none for either.
        assert_eq!(code(None, 0.001, none, good, none), VerdictCode::Undecided);
        assert_eq!(code(Some(0.06), 0.001, none, good, none), VerdictCode::Undecided);
        assert_eq!(code(None, 0.4, none, bad, none), VerdictCode::Undecided);
        assert_eq!(code(Some(0.001), 0.001, good, good, gain(0.05, 0.9, 0.0)), VerdictCode::LinearPlusUnits);
        assert_eq!(code(Some(0.001), 0.001, good, good, none), VerdictCode::Nonlinear);
        assert_eq!(code(Some(0.001), 0.001, bad, good, none), VerdictCode::Undecided);
        assert_eq!(code(Some(0.001), 0.001, gain(0.002, 0.003, 0.001), good, none), VerdictCode::Undecided);
        // Nor does a gain beside which a loss is left: 13.7%, from -26.6% to 54.0% with ten folds.
        let risky = Gain { lo: -0.266, hi: 0.54, ..gain(0.137, 0.753, 0.215) };
        assert_eq!(code(Some(0.001), 0.001, risky, good, none), VerdictCode::Undecided);
        // A coin flip earns nothing.
        assert_eq!(code(Some(0.001), 0.001, gain(0.015, 0.52, 0.39), good, none), VerdictCode::Undecided);
        assert_eq!(code(Some(0.5), 0.001, gain(0.02, 0.4, 0.2), good, none), VerdictCode::Undecided);
        // Better prediction without a sign of curvature never makes a problem nonlinear.
        assert_eq!(code(Some(0.5), 0.001, good, good, none), VerdictCode::Undecided);
    }

    #[test]
    fn no_line_where_another_of_the_networks_compared_is_ahead() {
        let (good, none) = (gain(0.3, 0.99, 0.0), gain(0.0, 0.0, 0.0));
        // VerdictInputs of any lifetime takes it.
        let ahead = Gain { lo: 0.2, hi: 1.0, ..gain(0.7, 0.9, 0.05) };
        let rivals: &'static [(String, Gain)] = Box::leak(Box::new([("the network without a skip".to_owned(), ahead)]));
        let test = curvature(Some(0.99), 0.001);
        let found = verdict_of(&test, none, good, none, |inputs| {
            inputs.rivals = rivals;
            inputs.has_units = false;
        });
        assert_eq!(found.code, VerdictCode::Undecided);
        assert!(found.text.contains("the loss of the network without a skip is 70.0% lower than"), "{}", found.text);
        // What a network without units would have found is not said.
        assert!(!found.text.contains("probability of 80%"), "{}", found.text);
    }

    #[test]
    fn a_line_without_errors_and_a_table_of_means_are_linear_without_a_test() {
        let none = gain(0.0, 0.0, 0.0);
        let test = curvature(None, 0.5);
        let exact = verdict_of(&test, none, none, none, |inputs| inputs.explained = Some((1.0, 1.0)));
        assert_eq!(exact.code, VerdictCode::Linear);
        let design = verdict_of(&test, none, none, none, |inputs| inputs.is_saturated = true);
        assert_eq!(design.code, VerdictCode::Linear);
        assert!(design.text.contains("do not predict better than the overall mean"), "{}", design.text);
    }

    #[test]
    fn a_bend_in_a_line_is_a_line_plus_units_however_idle_the_skip() {
        let (good, none) = (gain(0.3, 0.99, 0.0), gain(0.0, 0.0, 0.0));
        let test = curvature(Some(0.001), 0.001);
        let found = verdict_of(&test, good, good, none, |inputs| inputs.explained = Some((0.78, 0.83)));
        assert_eq!(found.code, VerdictCode::LinearPlusUnits);
        assert!(found.text.contains("the linear model explains 78.0% and the network 83.0%"), "{}", found.text);
        let unsure = verdict_of(&test, gain(0.2, 0.8, 0.05), good, none, |_| ());
        assert!(unsure.text.starts_with("Nonlinear, though the gain is not certain:"), "{}", unsure.text);
    }

    #[test]
    fn shares_of_a_loss_of_nothing_are_not_spelled_out() {
        assert_eq!([-4e14, -0.5, 0.123].map(percent), ["below -1000%", "-50.0%", "12.3%"]);
    }

    #[test]
    fn p_values_at_the_level_have_a_digit_more() {
        assert_eq!([0.0496, 0.0504, 0.04, 0.5].map(p_value_text), ["0.0496", "0.0504", "0.040", "0.500"]);
    }
}
