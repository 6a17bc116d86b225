//! What a network does inside. Analyses of one network read the trace of the one forward pass, and change nothing; [`degradation`] looks at many
//! trainings.

pub mod activation_map;
pub mod degradation;
pub mod gradient_flow;
pub mod inspection;
pub mod landscape;
pub mod layer_response;
pub mod lesion;
pub mod mixing;
pub mod paths;
pub mod shattered;
