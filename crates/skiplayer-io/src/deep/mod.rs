//! Files of deep networks: images in, folders of trainings, and pages about them.

pub mod images;
mod onnx;
mod report;
mod run_folder;
mod torch;
mod training_data;

pub use self::images::{
    ImageOptions, OtherSizes, list_pictures, read_data_set, read_pictures, write_heat_map, write_mask,
};
pub use self::onnx::network_to_onnx;
pub use self::report::{Curve, StudyReport, write_inspections, write_study};
pub use self::run_folder::{Checkpoint, Latest, RunFolder, Tensor, read_checkpoint};
pub use self::torch::{ForeignWeights, read_weights};
pub use self::training_data::read_training_data;
