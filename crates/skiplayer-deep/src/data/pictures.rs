//! How pictures of several sizes become images of one, and masks classes.

use serde::{Deserialize, Serialize};

/// How folders of pictures are read; the default decides everything from the files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct PictureOptions {
    /// Height and width that all pictures are brought to; none expects that all are of one size.
    pub size: Option<[usize; 2]>,
    pub fit: Fit,
    /// What grey values of masks mean; none takes them for numbers of classes.
    pub masks: Option<MaskValues>,
}

impl PictureOptions {
    /// With pictures brought to `size` (height, width) by `fit`.
    #[must_use]
    pub fn sized(self, size: [usize; 2], fit: Fit) -> Self {
        Self { size: Some(size), fit, ..self }
    }

    /// With these meanings of grey values in masks.
    #[must_use]
    pub fn with_masks(self, masks: MaskValues) -> Self {
        Self { masks: Some(masks), ..self }
    }
}

/// How a picture is brought to another shape.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// The shorter side is scaled, and the rest cut off evenly.
    #[default]
    Crop,
    /// The longer side is scaled, and the rest is black; in masks it has no class.
    Pad,
}

/// Which class a grey value of a mask stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaskValues {
    /// These values are the classes, in this order; others, as at smooth edges, are taken for the nearest.
    Values(Vec<u8>),
    /// Two classes: below this value, and from it on.
    Threshold(u8),
}
