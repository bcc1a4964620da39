//! Nodes and initializers, as a graph grows.

use std::collections::BTreeSet;

use mtl_core::model::ParameterInfo;

use crate::proto::{AttributeProto, NodeProto, TensorProto, attribute, element};

pub(super) struct Builder<'m> {
    weights: &'m [f32],
    pub(super) nodes: Vec<NodeProto>,
    pub(super) initializers: Vec<TensorProto>,
    /// How each value of the graph is called.
    pub(super) values: Vec<String>,
    /// The step that is being written.
    step: String,
    /// How many nodes it has.
    count: usize,
    known: BTreeSet<String>,
    steps: BTreeSet<String>,
}

impl<'m> Builder<'m> {
    pub(super) fn new(weights: &'m [f32], values: Vec<String>) -> Self {
        Self {
            weights,
            nodes: Vec::new(),
            initializers: Vec::new(),
            values,
            step: String::new(),
            count: 0,
            known: BTreeSet::new(),
            steps: BTreeSet::new(),
        }
    }

    /// What follows belongs to a step. The uses of a layer behind its first have a number.
    pub(super) fn begin(&mut self, path: &str) {
        let (mut name, mut number) = (path.to_owned(), 1);
        while !self.steps.insert(name.clone()) {
            number += 1;
            name = format!("{path}#{number}");
        }
        (self.step, self.count) = (name, 0);
    }

    /// A node with one output, whose name it gives back.
    pub(super) fn node(&mut self, operator: &str, inputs: &[&str], attributes: Vec<AttributeProto>) -> String {
        let output = format!("{}/{operator}{}", self.step, if self.count == 0 { String::new() } else { format!("_{}", self.count) });
        self.node_to(operator, inputs, output.clone(), attributes);
        output
    }

    pub(super) fn node_to(&mut self, operator: &str, inputs: &[&str], output: String, attributes: Vec<AttributeProto>) {
        self.outputs(operator, inputs, vec![output], attributes);
    }

    pub(super) fn outputs(&mut self, operator: &str, inputs: &[&str], outputs: Vec<String>, attributes: Vec<AttributeProto>) {
        self.count += 1;
        self.nodes.push(NodeProto {
            name: format!("{}/{operator}_{}", self.step, self.count),
            op_type: operator.to_owned(),
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: outputs,
            attribute: attributes,
            ..NodeProto::default()
        });
    }

    /// A name for an output of the step.
    pub(super) fn output(&self, name: &str) -> String {
        format!("{}/{name}", self.step)
    }

    /// The numbers of a tensor.
    pub(super) fn numbers(&self, tensor: &ParameterInfo) -> &'m [f32] {
        &self.weights[tensor.offset..tensor.offset + tensor.len]
    }

    /// A tensor as it is.
    pub(super) fn weight(&mut self, tensor: &ParameterInfo) -> String {
        let numbers = self.numbers(tensor);
        self.reals(tensor.path, tensor.shape, numbers)
    }

    /// A tensor of real numbers, once.
    pub(super) fn reals(&mut self, name: &str, shape: &[usize], numbers: &[f32]) -> String {
        let raw = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.initializer(name, shape, element::FLOAT, raw)
    }

    /// A real number.
    pub(super) fn real(&mut self, number: f64) -> String {
        self.reals(&format!("const.{number}"), &[], &[number as f32])
    }

    /// A list of whole numbers.
    pub(super) fn integers(&mut self, numbers: &[i64]) -> String {
        let name = format!("const.{numbers:?}").replace(", ", "_");
        let raw = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.initializer(&name, &[numbers.len()], element::INT64, raw)
    }

    /// A whole number.
    pub(super) fn integer(&mut self, number: i64) -> String {
        self.initializer(&format!("const.{number}_int"), &[], element::INT64, number.to_le_bytes().to_vec())
    }

    /// A list of truth values.
    pub(super) fn flags(&mut self, name: &str, flags: &[bool]) -> String {
        self.initializer(name, &[flags.len()], element::BOOL, flags.iter().map(|&flag| u8::from(flag)).collect())
    }

    fn initializer(&mut self, name: &str, shape: &[usize], data_type: i32, raw_data: Vec<u8>) -> String {
        if self.known.insert(name.to_owned()) {
            let dims = shape.iter().map(|&size| size as i64).collect();
            self.initializers.push(TensorProto { name: name.to_owned(), dims, data_type, raw_data, ..TensorProto::default() });
        }
        name.to_owned()
    }

    /// A node whose second operand is a number.
    pub(super) fn with_real(&mut self, operator: &str, value: &str, number: f64) -> String {
        let number = self.real(number);
        self.node(operator, &[value, &number], Vec::new())
    }

    /// The value in another shape; `shape` without the batch.
    pub(super) fn reshape(&mut self, value: &str, shape: &[usize]) -> String {
        let target: Vec<i64> = std::iter::once(0).chain(shape.iter().map(|&size| size as i64)).collect();
        let target = self.integers(&target);
        self.node("Reshape", &[value, &target], Vec::new())
    }

    pub(super) fn transpose(&mut self, value: &str, axes: &[i64]) -> String {
        self.node("Transpose", &[value], vec![ints("perm", axes)])
    }

    pub(super) fn unsqueeze(&mut self, value: &str, axis: i64) -> String {
        let axis = self.integers(&[axis]);
        self.node("Unsqueeze", &[value, &axis], Vec::new())
    }

    pub(super) fn squeeze(&mut self, value: &str, axis: i64) -> String {
        let axis = self.integers(&[axis]);
        self.node("Squeeze", &[value, &axis], Vec::new())
    }
}

pub(super) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: name.to_owned(), i: value, r#type: attribute::INT, ..AttributeProto::default() }
}

pub(super) fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto { name: name.to_owned(), ints: values.to_vec(), r#type: attribute::INTS, ..AttributeProto::default() }
}

pub(super) fn float(name: &str, value: f64) -> AttributeProto {
    AttributeProto { name: name.to_owned(), f: value as f32, r#type: attribute::FLOAT, ..AttributeProto::default() }
}
