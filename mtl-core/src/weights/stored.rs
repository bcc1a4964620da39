//! What a weight file holds of a model: [`Stored`].

use super::ElementType;
use super::names;
use crate::flat::{AnyBits, Zeroable};
use crate::model::{HeadInfo, InputInfo, LayerInfo, Model, ParameterInfo};

/// A model that has a weight file of its own: one that `multitask!` declares, or its form in eight bits.
pub trait Stored: AnyBits + Zeroable {
    /// The name of the struct.
    const NAME: &'static str;
    /// The inputs in the order of declaration.
    const INPUTS: &'static [InputInfo];
    /// The heads in the order of declaration.
    const HEADS: &'static [HeadInfo];
    /// The layers, line by line.
    const LAYERS: &'static [LayerInfo];
    /// The tensors.
    const TENSORS: Tensors;
}

impl<M: Model> Stored for M {
    const NAME: &'static str = <M as Model>::NAME;
    const INPUTS: &'static [InputInfo] = <M as Model>::INPUTS;
    const HEADS: &'static [HeadInfo] = <M as Model>::HEADS;
    const LAYERS: &'static [LayerInfo] = <M as Model>::LAYERS;
    const TENSORS: Tensors = Tensors::Parameters {
        parameters: M::PARAMETERS,
        // The types that a model computes in are told apart by their size.
        element: if size_of::<M::Scalar>() == 4 { ElementType::F32 } else { ElementType::F64 },
    };
}

/// The tensors of a model in the order of its memory.
#[derive(Clone, Copy, Debug)]
pub enum Tensors {
    /// Of one type, and described one by one.
    Parameters {
        /// The tensors; offsets are in elements.
        parameters: &'static [ParameterInfo],
        /// Their type.
        element: ElementType,
    },
    /// Of several types, and described by the parts that they make up.
    Parts(&'static [PartInfo]),
}

/// A part of a model in eight bits: a layer, or what a step needs to know.
#[derive(Clone, Copy, Debug)]
pub struct PartInfo {
    /// What the names of its tensors begin with: `body.dense1.`.
    pub path: &'static str,
    /// Where it is in the model, in bytes.
    pub offset: usize,
    /// Its tensors.
    pub tensors: &'static [TensorInfo],
}

/// A tensor of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TensorInfo {
    /// The last part of its name: `kernel`.
    pub name: &'static str,
    /// The type of its elements.
    pub element: ElementType,
    /// Its shape.
    pub shape: &'static [usize],
    /// Where it is in the part, in bytes.
    pub offset: usize,
}

/// One tensor of a model.
#[derive(Clone, Copy, Debug)]
pub struct StoredTensor {
    /// The name up to the last part: `body.dense1.`.
    pub layer: &'static str,
    /// The last part of the name: `kernel`.
    pub leaf: &'static str,
    /// The type of its elements.
    pub element: ElementType,
    /// Its shape.
    pub shape: &'static [usize],
    /// Where it is in the model, in bytes.
    pub offset: usize,
}

impl StoredTensor {
    /// How many elements it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        let (mut length, mut dimension) = (1, 0);
        while dimension < self.shape.len() {
            length *= self.shape[dimension];
            dimension += 1;
        }
        length
    }

    /// Whether it has no elements.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The size of an element in bytes.
    #[must_use]
    pub const fn element_bytes(&self) -> usize {
        (self.element.bits() / 8) as usize
    }
}

impl Tensors {
    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Parameters { parameters, .. } => parameters.len(),
            Self::Parts(parts) => {
                let (mut count, mut part) = (0, 0);
                while part < parts.len() {
                    count += parts[part].tensors.len();
                    part += 1;
                }
                count
            }
        }
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A tensor by its number, which must be below their count.
    ///
    /// # Panics
    ///
    /// Where there are not so many.
    #[must_use]
    pub const fn get(&self, number: usize) -> StoredTensor {
        match self {
            Self::Parameters { parameters, element } => {
                let parameter = &parameters[number];
                let (layer, leaf) = names::split_path(parameter.path);
                let offset = parameter.offset * (element.bits() / 8) as usize;
                StoredTensor { layer, leaf, element: *element, shape: parameter.shape, offset }
            }
            Self::Parts(parts) => {
                let (mut before, mut part) = (0, 0);
                while number - before >= parts[part].tensors.len() {
                    before += parts[part].tensors.len();
                    part += 1;
                }
                let tensor = &parts[part].tensors[number - before];
                StoredTensor {
                    layer: parts[part].path,
                    leaf: tensor.name,
                    element: tensor.element,
                    shape: tensor.shape,
                    offset: parts[part].offset + tensor.offset,
                }
            }
        }
    }

    /// The number of elements in all.
    #[must_use]
    pub const fn elements(&self) -> usize {
        let (mut count, mut number) = (0, 0);
        while number < self.len() {
            count += self.get(number).len();
            number += 1;
        }
        count
    }
}
