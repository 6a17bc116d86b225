//! ONNX files: the messages that are written, and a graph put together node by node.

mod graph;
mod messages;

pub use graph::{Attribute, Element, Graph, Size};
#[cfg(all(test, feature = "deep"))]
pub use messages::ModelProto;
