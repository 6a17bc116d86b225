//! Options and commands of deep networks that messages name.

use skiplayer::error::{Action, Kind, Setting};

/// Whether added plain blocks begin as identities.
pub static DIRAC: Setting = Setting::new("NewBlocks::Dirac", "dirac", Kind::Switch)
    .help("Plain blocks that are added begin with convolutions that hand on what comes");
/// Checkpoints that a training keeps.
pub static KEEP: Setting = Setting::new("RunFolder::keep", "keep", Kind::Count { least: 1, most: u64::MAX })
    .help("Checkpoints that are kept, besides the best");
/// What describes a network.
pub static SHOW: Action = Action::new("Family::architecture", "deep show");

/// All of the options.
pub static OPTIONS: [&Setting; 2] = [&DIRAC, &KEEP];
