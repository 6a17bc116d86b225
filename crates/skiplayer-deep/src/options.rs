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

/// Height and width that pictures are brought to.
pub static SIZE: Setting = Setting::new("PictureOptions::size", "size", Kind::Text)
    .help("Bring all pictures to this size: N, or HEIGHTxWIDTH");
/// Grey values of masks that are classes.
pub static CLASSES: Setting = Setting::new("PictureOptions::masks", "classes", Kind::Text)
    .help("Grey values of masks that are classes; others are taken for the nearest");
/// The grey value that divides masks into two classes.
pub static THRESHOLD: Setting = Setting::new("MaskValues::Threshold", "threshold", Kind::Count { least: 1, most: 255 })
    .help("Two classes of masks: below this grey value, and from it on");

/// All of the options.
pub static OPTIONS: [&Setting; 5] = [&DIRAC, &KEEP, &SIZE, &CLASSES, &THRESHOLD];
