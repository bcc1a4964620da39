//! A node with its attributes.

use mtl_onnx::proto::{AttributeProto, NodeProto, attribute};

use super::tensor::{self, Constant};

/// A node of the graph.
#[derive(Clone)]
pub(super) struct Node<'f> {
    pub(super) operator: &'f str,
    pub(super) name: String,
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<String>,
    attributes: Vec<&'f AttributeProto>,
    /// Of one that takes the place of several: the axis that it goes along.
    pub(super) along: Option<i64>,
}

impl<'f> Node<'f> {
    pub(super) fn new(node: &'f NodeProto, number: usize) -> Self {
        let name = if node.name.is_empty() { format!("{}_{number}", node.op_type) } else { node.name.clone() };
        Self {
            operator: &node.op_type,
            name,
            inputs: node.input.clone(),
            outputs: node.output.clone(),
            attributes: node.attribute.iter().collect(),
            along: None,
        }
    }

    /// One that takes the place of several.
    pub(super) fn instead(operator: &'f str, name: &str, input: &str, output: &str) -> Self {
        Self {
            operator,
            name: name.to_owned(),
            inputs: vec![input.to_owned()],
            outputs: vec![output.to_owned()],
            attributes: Vec::new(),
            along: None,
        }
    }

    fn attribute(&self, name: &str) -> Option<&'f AttributeProto> {
        self.attributes.iter().copied().find(|attribute| attribute.name == name)
    }

    pub(super) fn int(&self, name: &str) -> Option<i64> {
        self.attribute(name).map(|attribute| attribute.i)
    }

    pub(super) fn float(&self, name: &str) -> Option<f32> {
        self.attribute(name).map(|attribute| attribute.f)
    }

    pub(super) fn ints(&self, name: &str) -> Option<&'f [i64]> {
        self.attribute(name).map(|attribute| attribute.ints.as_slice())
    }

    pub(super) fn floats(&self, name: &str) -> Option<&'f [f32]> {
        self.attribute(name).map(|attribute| attribute.floats.as_slice())
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.attribute(name).map(|attribute| String::from_utf8_lossy(&attribute.s).into_owned())
    }

    pub(super) fn tensor(&self, name: &str) -> Option<Constant> {
        tensor::read(self.attribute(name)?.t.as_ref()?).ok()
    }

    /// The value of a `Constant`.
    pub(super) fn tensor_attribute(&self) -> Option<Constant> {
        let attribute = self.attributes.first()?;
        match attribute.name.as_str() {
            "value" => tensor::read(attribute.t.as_ref()?).ok(),
            "value_float" => Some(Constant::reals(&[], vec![attribute.f])),
            "value_floats" => Some(Constant::reals(&[attribute.floats.len()], attribute.floats.clone())),
            "value_int" => Some(Constant::wholes(&[], vec![attribute.i])),
            "value_ints" => Some(Constant::wholes(&[attribute.ints.len()], attribute.ints.clone())),
            _ => None,
        }
    }

    /// All attributes, for messages.
    pub(super) fn described(&self) -> String {
        let value = |attribute: &AttributeProto| match attribute.r#type {
            attribute::FLOAT => format!("{:?}", attribute.f),
            attribute::INT => attribute.i.to_string(),
            attribute::STRING => String::from_utf8_lossy(&attribute.s).into_owned(),
            attribute::INTS => format!("{:?}", attribute.ints),
            attribute::FLOATS => format!("{:?}", attribute.floats),
            _ => "..".to_owned(),
        };
        let texts: Vec<String> = self.attributes.iter().map(|attribute| format!("{} = {}", attribute.name, value(attribute))).collect();
        // One line of a comment, whatever the file holds.
        texts.join(", ").chars().map(|character| if character.is_control() { ' ' } else { character }).take(400).collect()
    }
}
