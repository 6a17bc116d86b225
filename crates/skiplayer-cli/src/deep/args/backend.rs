//! The argument that says where networks compute.

use clap::Args;
use skiplayer::Result;
use skiplayer_deep::backend::Backend;

/// Where networks compute.
#[derive(Args)]
pub struct LowBackend {
    /// Where to compute: cpu, cuda or wgpu, if the program was built with it
    #[arg(long, value_name = "B", default_value = "cpu")]
    backend: String,
}

impl LowBackend {
    /// One that this program has.
    pub fn check(&self) -> Result<Backend> {
        let backend: Backend = self.backend.parse()?;
        backend.device().map(|_| backend)
    }
}
