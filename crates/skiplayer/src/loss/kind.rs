//! Losses by name, before their parameters are estimated.

use super::{Cox, Huber, Loss, NegativeBinomial, Ordinal, Quantile, Tweedie};
use crate::error::choices;

/// Which loss, as an option says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LossKind {
    Squared,
    Huber,
    Quantile,
    Logistic,
    Binomial,
    Ordinal,
    Softmax,
    Poisson,
    NegativeBinomial,
    Gamma,
    Tweedie,
    Cox,
}

choices!(LossKind {
    Squared = "squared": "Numbers: squared error",
    Huber = "huber": "Numbers with outliers: squared error up to delta = 1.345 robust standard deviations, absolute error beyond",
    Quantile = "quantile": "Numbers: quantiles at one or several levels, by the pinball loss",
    Logistic = "logistic": "Two classes",
    Binomial = "binomial": "Successes out of trials, which a column says; logit link",
    Ordinal = "ordinal": "Classes in order: proportional odds (cumulative logits), one predictor and a threshold between neighbours",
    Softmax = "softmax": "Three or more classes",
    Poisson = "poisson": "Counts, whose variance is their mean; logarithmic link",
    NegativeBinomial = "negative-binomial" | "negative_binomial": "Counts that vary more: variance mean + mean^2/theta, theta by likelihood; logarithmic link",
    Gamma = "gamma": "Amounts above zero, whose standard deviation grows with their mean; logarithmic link",
    Tweedie = "tweedie": "Amounts of zero or more, variance mean^power; logarithmic link",
    Cox = "cox": "Durations until an event, some of them censored: proportional hazards, by the partial likelihood",
});

impl LossKind {
    /// What shares of its loss are shares of, in a word.
    pub fn measure(self) -> &'static str {
        match self {
            LossKind::Squared => "variance",
            LossKind::Huber | LossKind::Quantile => "loss",
            _ => "deviance",
        }
    }

    /// The loss that fits begin with; `power` is Tweedie's.
    pub fn loss(self, power: Option<f64>) -> Loss {
        match self {
            LossKind::Squared => Loss::Squared,
            LossKind::Huber => Loss::Huber(Huber::SQUARED),
            LossKind::Quantile => Loss::Quantile(Quantile::default()),
            LossKind::Logistic => Loss::Logistic,
            LossKind::Binomial => Loss::Binomial,
            LossKind::Ordinal => Loss::Ordinal(Ordinal::default()),
            LossKind::Softmax => Loss::Softmax,
            LossKind::Poisson => Loss::Poisson,
            LossKind::NegativeBinomial => Loss::NegativeBinomial(NegativeBinomial::POISSON),
            LossKind::Gamma => Loss::Gamma,
            LossKind::Tweedie => Loss::Tweedie(Tweedie { power: power.unwrap_or(Tweedie::DEFAULT_POWER) }),
            LossKind::Cox => Loss::Cox(Cox::default()),
        }
    }
}

impl Loss {
    /// Its kind.
    pub fn kind(self) -> LossKind {
        match self {
            Loss::Squared => LossKind::Squared,
            Loss::Huber(_) => LossKind::Huber,
            Loss::Quantile(_) => LossKind::Quantile,
            Loss::Logistic => LossKind::Logistic,
            Loss::Binomial => LossKind::Binomial,
            Loss::Ordinal(_) => LossKind::Ordinal,
            Loss::Softmax => LossKind::Softmax,
            Loss::Poisson => LossKind::Poisson,
            Loss::NegativeBinomial(_) => LossKind::NegativeBinomial,
            Loss::Gamma => LossKind::Gamma,
            Loss::Tweedie(_) => LossKind::Tweedie,
            Loss::Cox(_) => LossKind::Cox,
        }
    }

    /// Its name with its parameter, as text.
    pub fn in_words(self) -> String {
        match self {
            Loss::Squared => "squared error".into(),
            Loss::Huber(Huber { delta }) => format!("Huber with delta {delta:.3}"),
            Loss::Quantile(own) => match own.levels() {
                [level] => format!("quantile {level}"),
                levels => {
                    let levels: Vec<String> = levels.iter().map(f64::to_string).collect();
                    format!("quantiles {}", levels.join(", "))
                }
            },
            Loss::Logistic => "logistic".into(),
            Loss::Binomial => "binomial".into(),
            Loss::Ordinal(_) => "proportional odds".into(),
            Loss::Softmax => "softmax".into(),
            Loss::Poisson => "Poisson".into(),
            Loss::NegativeBinomial(own) if own == NegativeBinomial::POISSON => {
                "negative binomial, no more varied than Poisson".into()
            }
            Loss::NegativeBinomial(NegativeBinomial { theta }) => format!("negative binomial with theta {theta:.3}"),
            Loss::Gamma => "gamma".into(),
            Loss::Tweedie(Tweedie { power }) => format!("Tweedie with power {power}"),
            Loss::Cox(Cox { ties }) => format!("Cox, {}", ties.in_words()),
        }
    }

    /// Its parameter, if it has one: power, theta, delta or the bandwidth of smoothed quantiles.
    pub fn parameter(self) -> Option<f64> {
        match self {
            Loss::Huber(Huber { delta }) => Some(delta),
            Loss::Quantile(Quantile { bandwidth, .. }) => Some(bandwidth),
            Loss::NegativeBinomial(NegativeBinomial { theta }) => Some(theta),
            Loss::Tweedie(Tweedie { power }) => Some(power),
            _ => None,
        }
    }

    /// With another parameter, if it has one.
    #[must_use]
    pub fn with_parameter(self, parameter: f64) -> Self {
        match self {
            Loss::Huber(_) => Loss::Huber(Huber { delta: parameter }),
            Loss::Quantile(own) => Loss::Quantile(own.with_bandwidth(parameter)),
            Loss::NegativeBinomial(_) => Loss::NegativeBinomial(NegativeBinomial { theta: parameter }),
            Loss::Tweedie(_) => Loss::Tweedie(Tweedie { power: parameter }),
            other => other,
        }
    }
}
