//! Arguments that say how folders of pictures are read.

use clap::{Args, ValueEnum};
use skiplayer::{Error, Result};
use skiplayer_deep::data::{Fit, MaskValues, PictureOptions};

/// How folders of pictures are read.
#[derive(Args)]
pub struct LowPictures {
    /// Bring all pictures to this size: N, or HEIGHTxWIDTH
    #[arg(long, value_name = "SIZE", help_heading = "Pictures")]
    size: Option<String>,
    /// How pictures of another shape are brought to it: cut off what is too long, or pad what is too short
    #[arg(long, value_enum, value_name = "HOW", default_value_t = LowFit::Crop, help_heading = "Pictures")]
    fit: LowFit,
    /// Grey values of masks that are classes, such as 0,255; others are taken for the nearest
    #[arg(long, value_name = "V,V,…", value_delimiter = ',', conflicts_with = "threshold", help_heading = "Pictures")]
    classes: Vec<u8>,
    /// Two classes of masks: below this grey value, and from it on
    #[arg(long, value_name = "V", help_heading = "Pictures")]
    threshold: Option<u8>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LowFit {
    Crop,
    Pad,
}

impl LowPictures {
    pub fn check(&self) -> Result<PictureOptions> {
        let fit = match self.fit {
            LowFit::Crop => Fit::Crop,
            LowFit::Pad => Fit::Pad,
        };
        let masks = match (self.threshold, self.classes.is_empty()) {
            (Some(threshold), _) => Some(MaskValues::Threshold(threshold)),
            (None, false) => Some(MaskValues::Values(self.classes.clone())),
            (None, true) => None,
        };
        Ok(PictureOptions { size: self.size.as_deref().map(size).transpose()?, fit, masks })
    }
}

fn size(text: &str) -> Result<[usize; 2]> {
    let sides: Option<Vec<usize>> = text.split('x').map(|side| side.trim().parse().ok()).collect();
    match sides.as_deref() {
        Some([side]) => Ok([*side; 2]),
        Some([height, width]) => Ok([*height, *width]),
        _ => Err(Error::input("--size", format!("`{text}`"))
            .expected("pixels such as 64, or height and width such as 48x64")),
    }
}
