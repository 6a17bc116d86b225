//! The network that comes out of a way of fitting, and how it was found.

use super::summary::{Contender, Form, PathPoint};
use crate::error::Message;
use crate::fit::laplace::train::MemberRecord;
use crate::net::Network;
use crate::solve::Termination;

/// The network and how it was found.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Pruned.
    pub network: Network,
    /// The line that networks were compared with, where several lines were.
    pub line: Option<Network>,
    pub form: Form,
    pub n_units_offered: usize,
    /// Units in the hidden layer of a dense start.
    pub width: usize,
    pub evidence: Option<f64>,
    pub lambda: Option<f64>,
    /// The share of L1 in the price of an elastic net.
    pub l1_ratio: Option<f64>,
    pub termination: Termination,
    pub members: Vec<MemberRecord>,
    pub contenders: Vec<Contender>,
    pub path: Vec<PathPoint>,
    pub messages: Vec<Message>,
}
