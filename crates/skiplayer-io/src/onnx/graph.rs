//! A graph put together node by node.

use std::collections::{HashMap, HashSet};

use prost::Message;

use super::messages::{
    AttributeProto, Dimension, DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    StringStringEntryProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};

/// Versions that every runtime of the last years loads: what is too new is the commonest complaint about ONNX files.
const IR_VERSION: i64 = 8;
const OPSET: i64 = 13;
const ML_DOMAIN: &str = "ai.onnx.ml";
const ML_OPSET: i64 = 2;

// AttributeProto.AttributeType of onnx.proto3.
#[cfg(feature = "deep")]
const FLOAT_ATTRIBUTE: i32 = 1;
const INT_ATTRIBUTE: i32 = 2;
const INTS_ATTRIBUTE: i32 = 7;
const STRINGS_ATTRIBUTE: i32 = 8;

/// Types of tensors: TensorProto.DataType of onnx.proto3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    #[cfg(feature = "deep")]
    Float = 1,
    Int64 = 7,
    Text = 8,
    Bool = 9,
    Double = 11,
}

/// A dimension of an input or output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Any number of rows, the same in all inputs and outputs.
    Rows,
    Of(usize),
}

/// What a node is told besides its inputs.
#[derive(Debug, Clone)]
pub enum Attribute {
    #[cfg(feature = "deep")]
    Float(f32),
    Int(i64),
    Ints(Vec<i64>),
    Texts(Vec<String>),
}

/// Inputs, nodes and constants. Values are known by their names, which are unique.
#[derive(Debug, Default)]
pub struct Graph {
    nodes: Vec<NodeProto>,
    constants: Vec<TensorProto>,
    inputs: Vec<ValueInfoProto>,
    outputs: Vec<ValueInfoProto>,
    taken: HashSet<String>,
    /// Numbers that are constants already, by their bits.
    numbers: HashMap<u64, String>,
    has_ml: bool,
}

impl Graph {
    /// An input, which keeps its name. Inputs come first.
    pub fn input(&mut self, name: &str, element: Element, sizes: &[Size], about: &str) {
        self.taken.insert(name.to_owned());
        self.inputs.push(value(name, element, sizes, about));
    }

    /// The value of the only output of `operator`.
    pub fn node(&mut self, operator: &str, inputs: &[&str]) -> String {
        self.node_with(operator, inputs, &[])
    }

    /// As [`node`](Self::node), with attributes.
    pub fn node_with(&mut self, operator: &str, inputs: &[&str], attributes: &[(&str, Attribute)]) -> String {
        self.push("", operator, inputs, attributes)
    }

    /// As [`node_with`](Self::node_with), for an operator of machine learning.
    pub fn ml_node(&mut self, operator: &str, inputs: &[&str], attributes: &[(&str, Attribute)]) -> String {
        self.has_ml = true;
        self.push(ML_DOMAIN, operator, inputs, attributes)
    }

    /// The first output of a node with two.
    pub fn first_of_two(&mut self, operator: &str, inputs: &[&str], attributes: &[(&str, Attribute)]) -> String {
        let first = self.push("", operator, inputs, attributes);
        let second = self.unused(&format!("{first}_beside"));
        if let Some(node) = self.nodes.last_mut() {
            node.output.push(second);
        }
        first
    }

    fn push(&mut self, domain: &str, operator: &str, inputs: &[&str], attributes: &[(&str, Attribute)]) -> String {
        let output = self.unused(&operator.to_lowercase());
        self.nodes.push(NodeProto {
            input: inputs.iter().map(|name| (*name).to_owned()).collect(),
            output: vec![output.clone()],
            name: output.clone(),
            op_type: operator.to_owned(),
            attribute: attributes.iter().map(|(name, attribute)| attribute_proto(name, attribute)).collect(),
            domain: domain.to_owned(),
        });
        output
    }

    /// `values` side by side: tensors (rows, any).
    pub fn beside(&mut self, values: &[String]) -> String {
        match values {
            [only] => only.clone(),
            values => {
                let values: Vec<&str> = values.iter().map(String::as_str).collect();
                self.node_with("Concat", &values, &[("axis", Attribute::Int(1))])
            }
        }
    }

    /// A number as a constant.
    pub fn number(&mut self, number: f64) -> String {
        if let Some(name) = self.numbers.get(&number.to_bits()) {
            return name.clone();
        }
        let name = self.doubles(&[], &[number]);
        self.numbers.insert(number.to_bits(), name.clone());
        name
    }

    /// A tensor of doubles.
    pub fn doubles(&mut self, sizes: &[usize], values: &[f64]) -> String {
        self.constant(Element::Double, sizes, values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    /// A matrix of doubles from its rows, transposed: what stands right in a product with rows on the left.
    pub fn transposed(&mut self, rows: &[Vec<f64>]) -> String {
        let n_columns = rows.first().map_or(0, Vec::len);
        let values: Vec<f64> = (0..n_columns).flat_map(|j| rows.iter().map(move |row| row[j])).collect();
        self.doubles(&[n_columns, rows.len()], &values)
    }

    /// A list of whole numbers.
    pub fn integers(&mut self, values: &[i64]) -> String {
        self.constant(Element::Int64, &[values.len()], values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    /// A tensor of single floats, under a name of its own if that is free.
    #[cfg(feature = "deep")]
    pub fn floats(&mut self, name: &str, sizes: &[usize], values: &[f32]) -> String {
        let name = self.unused(name);
        let raw = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constants.push(tensor(&name, Element::Float, sizes, raw));
        name
    }

    /// A list of texts.
    pub fn texts(&mut self, texts: &[String]) -> String {
        let name = self.unused("texts");
        let string_data = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
        self.constants.push(TensorProto { string_data, ..tensor(&name, Element::Text, &[texts.len()], Vec::new()) });
        name
    }

    fn constant(&mut self, element: Element, sizes: &[usize], raw: Vec<u8>) -> String {
        let name = self.unused("constant");
        self.constants.push(tensor(&name, element, sizes, raw));
        name
    }

    /// Makes `from` an output called `name`, or something like it where that is taken; returns what it is called.
    pub fn output(&mut self, from: &str, name: &str, element: Element, sizes: &[Size], about: &str) -> String {
        let name = self.unused(name);
        self.nodes.push(NodeProto {
            input: vec![from.to_owned()],
            output: vec![name.clone()],
            name: name.clone(),
            op_type: "Identity".to_owned(),
            ..NodeProto::default()
        });
        self.outputs.push(value(&name, element, sizes, about));
        name
    }

    /// `name`, or with a number behind it where that is taken.
    fn unused(&mut self, name: &str) -> String {
        let numbered = (1..).map(|k| if k == 1 { name.to_owned() } else { format!("{name}_{k}") });
        let unused = numbered.into_iter().find(|name| !self.taken.contains(name)).unwrap_or_default();
        self.taken.insert(unused.clone());
        unused
    }

    /// The bytes of a file called `name` with `metadata`.
    pub fn into_file(self, name: &str, about: &str, metadata: &[(&str, String)]) -> Vec<u8> {
        let mut opset_import = vec![OperatorSetIdProto { domain: String::new(), version: OPSET }];
        if self.has_ml {
            opset_import.push(OperatorSetIdProto { domain: ML_DOMAIN.to_owned(), version: ML_OPSET });
        }
        let entry =
            |(key, value): &(&str, String)| StringStringEntryProto { key: (*key).to_owned(), value: value.clone() };
        ModelProto {
            ir_version: IR_VERSION,
            producer_name: "skiplayer".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            doc_string: about.to_owned(),
            graph: Some(GraphProto {
                node: self.nodes,
                name: name.to_owned(),
                initializer: self.constants,
                input: self.inputs,
                output: self.outputs,
            }),
            opset_import,
            metadata_props: metadata.iter().map(entry).collect(),
        }
        .encode_to_vec()
    }
}

fn value(name: &str, element: Element, sizes: &[Size], about: &str) -> ValueInfoProto {
    let dimension = |size: &Size| DimensionProto {
        value: Some(match size {
            Size::Rows => Dimension::Name("rows".to_owned()),
            Size::Of(size) => Dimension::Size(*size as i64),
        }),
    };
    let shape = TensorShapeProto { dim: sizes.iter().map(dimension).collect() };
    let tensor_type = TensorTypeProto { elem_type: element as i32, shape: Some(shape) };
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto { tensor_type: Some(tensor_type) }),
        doc_string: about.to_owned(),
    }
}

fn tensor(name: &str, element: Element, sizes: &[usize], raw_data: Vec<u8>) -> TensorProto {
    TensorProto {
        dims: sizes.iter().map(|size| *size as i64).collect(),
        data_type: element as i32,
        string_data: Vec::new(),
        name: name.to_owned(),
        raw_data,
    }
}

fn attribute_proto(name: &str, attribute: &Attribute) -> AttributeProto {
    let empty = AttributeProto { name: name.to_owned(), ..AttributeProto::default() };
    match attribute {
        #[cfg(feature = "deep")]
        Attribute::Float(f) => AttributeProto { f: *f, r#type: FLOAT_ATTRIBUTE, ..empty },
        Attribute::Int(i) => AttributeProto { i: *i, r#type: INT_ATTRIBUTE, ..empty },
        Attribute::Ints(ints) => AttributeProto { ints: ints.clone(), r#type: INTS_ATTRIBUTE, ..empty },
        Attribute::Texts(texts) => {
            let strings = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
            AttributeProto { strings, r#type: STRINGS_ATTRIBUTE, ..empty }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_what_was_put_into_it() {
        let mut graph = Graph::default();
        graph.input("add", Element::Double, &[Size::Rows, Size::Of(1)], "a column");
        let two = graph.number(2.0);
        assert_eq!(graph.number(2.0), two, "each number once");
        let sum = graph.node("Add", &["add", &two]);
        assert_ne!(sum, "add", "names of inputs are theirs");
        let code = [("values_int64s", Attribute::Ints(vec![1])), ("keys_strings", Attribute::Texts(vec!["a".into()]))];
        graph.ml_node("LabelEncoder", &[&sum], &code);
        assert_eq!(graph.output(&sum, "add", Element::Double, &[Size::Rows], ""), "add_3");
        let file = ModelProto::decode(&graph.into_file("model", "", &[("key", "value".into())])[..]).unwrap();
        assert_eq!((file.ir_version, file.opset_import.len(), file.metadata_props.len()), (8, 2, 1));
        let graph = file.graph.unwrap();
        assert_eq!(
            graph.node.iter().map(|node| node.op_type.as_str()).collect::<Vec<_>>(),
            ["Add", "LabelEncoder", "Identity"]
        );
        assert_eq!(graph.initializer[0].raw_data, 2.0f64.to_le_bytes());
        assert_eq!(graph.node[1].attribute[1].strings, [b"a"]);
    }
}
