//! Where networks compute.

use std::fmt;
use std::str::FromStr;

use burn::tensor::Device;
use skiplayer::error::Feature;
use skiplayer::table::nearest_name;
use skiplayer::{Error, Result, message};

/// A kind of device. All are known; those but the processor are there where the program was built with the feature of their name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Backend {
    /// The processor, by kernels of our own.
    #[default]
    Cpu,
    /// The first GPU of NVIDIA.
    Cuda,
    /// The best GPU that the system's graphics interface offers.
    Wgpu,
}

impl Backend {
    pub const ALL: [Self; 3] = [Self::Cpu, Self::Cuda, Self::Wgpu];

    fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::Wgpu => "wgpu",
        }
    }

    /// Whether this program can compute there, if the machine can.
    pub fn is_built_in(self) -> bool {
        match self {
            Self::Cpu => true,
            Self::Cuda => cfg!(feature = "cuda"),
            Self::Wgpu => cfg!(feature = "wgpu"),
        }
    }

    /// Its device.
    ///
    /// # Errors
    /// The program was built without it.
    pub fn device(self) -> Result<Device> {
        match self {
            Self::Cpu => Ok(Device::flex()),
            #[cfg(feature = "cuda")]
            Self::Cuda => Ok(Device::cuda(0usize)),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)),
            #[cfg(not(all(feature = "cuda", feature = "wgpu")))]
            missing => {
                let there: Vec<&str> = Self::ALL.into_iter().filter(|b| b.is_built_in()).map(Self::name).collect();
                Err(Error::input("backend", format!("`{missing}`, which this program was built without"))
                    .expected(there.join(" or "))
                    .hint(message!["build it with ", Feature(missing.name().into())]))
            }
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Backend {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        let names = Self::ALL.map(Self::name);
        Self::ALL.into_iter().find(|backend| backend.name() == word).ok_or_else(|| {
            Error::input("backend", format!("`{word}`"))
                .expected(names.join(", "))
                .did_you_mean(nearest_name(word, names))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_what_is_missing() {
        for backend in Backend::ALL {
            assert_eq!(backend.to_string().parse::<Backend>(), Ok(backend));
            if !backend.is_built_in() {
                let error = backend.device().unwrap_err().to_string();
                assert!(error.contains(&format!("features = [\"{backend}\"]")), "{error}");
            }
        }
        assert!(Backend::default().device().is_ok());
        assert!("cpi".parse::<Backend>().unwrap_err().to_string().contains("did you mean `cpu`?"));
    }
}
