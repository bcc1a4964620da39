//! Constant tensors.

use mtl_onnx::proto::{TensorProto, element};

use crate::error::ImportError;

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Constant {
    pub(super) dims: Vec<usize>,
    pub(super) data: Data,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Data {
    Reals(Vec<f32>),
    /// Whole numbers and truth values.
    Wholes(Vec<i64>),
}

impl Constant {
    pub(super) fn reals(dims: &[usize], data: Vec<f32>) -> Self {
        Self { dims: dims.to_vec(), data: Data::Reals(data) }
    }

    pub(super) fn wholes(dims: &[usize], data: Vec<i64>) -> Self {
        Self { dims: dims.to_vec(), data: Data::Wholes(data) }
    }

    pub(super) fn len(&self) -> usize {
        match &self.data {
            Data::Reals(data) => data.len(),
            Data::Wholes(data) => data.len(),
        }
    }

    pub(super) fn as_reals(&self) -> Option<&[f32]> {
        if let Data::Reals(data) = &self.data { Some(data) } else { None }
    }

    pub(super) fn as_wholes(&self) -> Option<&[i64]> {
        if let Data::Wholes(data) = &self.data { Some(data) } else { None }
    }

    /// The one number that all of it is.
    pub(super) fn single(&self) -> Option<f32> {
        let reals = self.as_reals()?;
        let first = *reals.first()?;
        reals.iter().all(|&real| real == first).then_some(first)
    }

    pub(super) fn to_reals(&self) -> Vec<f32> {
        match &self.data {
            Data::Reals(data) => data.clone(),
            Data::Wholes(data) => data.iter().map(|&whole| whole as f32).collect(),
        }
    }

    pub(super) fn to_wholes(&self) -> Vec<i64> {
        match &self.data {
            Data::Reals(data) => data.iter().map(|&real| real as i64).collect(),
            Data::Wholes(data) => data.clone(),
        }
    }

    /// The same with its axes in another order.
    pub(super) fn transposed(&self, order: &[usize]) -> Option<Self> {
        if order.len() != self.dims.len() || (0..order.len()).any(|axis| !order.contains(&axis)) {
            return None;
        }
        let places = transposed_places(&self.dims, order);
        let dims: Vec<usize> = order.iter().map(|&axis| self.dims[axis]).collect();
        let data = match &self.data {
            Data::Reals(data) => Data::Reals(places.iter().map(|&place| data[place]).collect()),
            Data::Wholes(data) => Data::Wholes(places.iter().map(|&place| data[place]).collect()),
        };
        Some(Self { dims, data })
    }
}

/// For each element behind a transposition, where it was.
pub(super) fn transposed_places(dims: &[usize], order: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; dims.len()];
    for axis in (0..dims.len().saturating_sub(1)).rev() {
        strides[axis] = strides[axis + 1] * dims[axis + 1];
    }
    let mut places = vec![0];
    for &axis in order {
        places = places
            .iter()
            .flat_map(|place| (0..dims[axis]).map(move |index| (*place, index)))
            .map(|(place, index)| place + index * strides[axis])
            .collect();
    }
    places
}

/// The numbers of a tensor, which are as many as its shape says.
pub(super) fn read(tensor: &TensorProto) -> Result<Constant, ImportError> {
    if tensor.data_location == 1 || !tensor.external_data.is_empty() {
        let file = tensor.external_data.iter().find(|entry| entry.key == "location").map_or("?", |entry| &entry.value);
        return Err(ImportError::External { tensor: tensor.name.clone(), file: file.to_owned() });
    }
    let wrong = |found: usize| ImportError::Tensor { tensor: tensor.name.clone(), shape: tensor.dims.clone(), found };
    let dims: Option<Vec<usize>> = tensor.dims.iter().map(|&dim| usize::try_from(dim).ok()).collect();
    let count = dims.as_ref().and_then(|dims| dims.iter().try_fold(1_usize, |product, &dim| product.checked_mul(dim)));
    let (Some(dims), Some(count)) = (dims, count) else { return Err(wrong(tensor.raw_data.len())) };
    let raw = &tensor.raw_data;
    // What is in the file bounds what is made of it.
    let chunks = |size: usize| if raw.len() == count.saturating_mul(size) { Ok(raw.chunks_exact(size)) } else { Err(wrong(raw.len())) };
    let counted = |length: usize| if length == count { Ok(()) } else { Err(wrong(length)) };
    let data = match tensor.data_type {
        element::FLOAT if raw.is_empty() => {
            counted(tensor.float_data.len())?;
            Data::Reals(tensor.float_data.clone())
        }
        element::FLOAT => Data::Reals(chunks(4)?.map(|bytes| f32::from_le_bytes(array(bytes))).collect()),
        element::DOUBLE if raw.is_empty() => {
            counted(tensor.double_data.len())?;
            Data::Reals(tensor.double_data.iter().map(|&real| real as f32).collect())
        }
        element::DOUBLE => Data::Reals(chunks(8)?.map(|bytes| f64::from_le_bytes(array(bytes)) as f32).collect()),
        element::INT64 if raw.is_empty() => {
            counted(tensor.int64_data.len())?;
            Data::Wholes(tensor.int64_data.clone())
        }
        element::INT64 => Data::Wholes(chunks(8)?.map(|bytes| i64::from_le_bytes(array(bytes))).collect()),
        element::INT32 | element::BOOL | element::INT8 | element::UINT8 if raw.is_empty() => {
            counted(tensor.int32_data.len())?;
            Data::Wholes(tensor.int32_data.iter().map(|&whole| i64::from(whole)).collect())
        }
        element::INT32 => Data::Wholes(chunks(4)?.map(|bytes| i64::from(i32::from_le_bytes(array(bytes)))).collect()),
        element::BOOL | element::UINT8 => Data::Wholes(chunks(1)?.map(|bytes| i64::from(bytes[0])).collect()),
        element::INT8 => Data::Wholes(chunks(1)?.map(|bytes| i64::from(bytes[0] as i8)).collect()),
        other => {
            return Err(ImportError::Format {
                format: "ONNX",
                problem: format!("the tensor `{}` has elements of type {other}, and numbers of single precision are expected", tensor.name),
            });
        }
    };
    Ok(Constant { dims, data })
}

/// So many bytes, of as many.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.iter_mut().zip(bytes).for_each(|(to, &from)| *to = from);
    array
}
