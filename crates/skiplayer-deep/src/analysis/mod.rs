//! What a network does inside. Analyses read the trace of the one forward pass, and change nothing.

pub mod gradient_flow;
pub mod inspection;
pub mod landscape;
pub mod layer_response;
pub mod lesion;
pub mod mixing;
pub mod paths;
pub mod shattered;
