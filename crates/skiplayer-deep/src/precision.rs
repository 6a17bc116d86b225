//! How exactly networks compute.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use skiplayer::table::nearest_name;
use skiplayer::{Error, Result};

/// What maps are made of. Weights, what is learned of them, statistics of batch norms and all sums are in single precision in any case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Numbers of 32 bits.
    #[default]
    F32,
    /// Numbers of 16 bits: the range of single precision with 8 bits of it (bfloat16).
    Bf16,
}

impl Precision {
    pub const ALL: [Self; 2] = [Self::F32, Self::Bf16];

    fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Precision {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        let names = Self::ALL.map(Self::name);
        Self::ALL.into_iter().find(|precision| precision.name() == word).ok_or_else(|| {
            Error::input("precision", format!("`{word}`"))
                .expected(names.join(" or "))
                .did_you_mean(nearest_name(word, names))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_files() {
        for precision in Precision::ALL {
            assert_eq!(precision.to_string().parse::<Precision>(), Ok(precision));
            assert_eq!(serde_json::to_value(precision).unwrap(), precision.to_string());
        }
        assert!("fp16".parse::<Precision>().unwrap_err().to_string().contains("expected f32 or bf16"));
    }
}
