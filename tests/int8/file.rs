//! A reader of weight files that shares nothing with the library's.

use std::collections::BTreeMap;

use serde_json::Value;

/// The tensors of a file.
pub struct File {
    tensors: BTreeMap<String, Tensor>,
    /// Where the data begin.
    pub data: usize,
}

struct Tensor {
    kind: String,
    place: usize,
    bytes: Vec<u8>,
}

impl File {
    pub fn read(bytes: &[u8]) -> Self {
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
        let data = 8 + length;
        let tensor = |info: &Value| {
            let offset = |number: usize| data + info["data_offsets"][number].as_u64().unwrap() as usize;
            Tensor { kind: info["dtype"].as_str().unwrap().to_owned(), place: offset(0), bytes: bytes[offset(0)..offset(1)].to_vec() }
        };
        let entries = header.as_object().unwrap().iter().filter(|(name, _)| *name != "__metadata__");
        Self { tensors: entries.map(|(name, info)| (name.clone(), tensor(info))).collect(), data }
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Where a tensor begins in the file.
    pub fn place(&self, name: &str) -> usize {
        self.tensors[name].place
    }

    pub fn reals(&self, name: &str) -> Vec<f32> {
        let tensor = &self.tensors[name];
        assert_eq!(tensor.kind, "F32", "{name}");
        tensor.bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
    }

    pub fn whole(&self, name: &str) -> Vec<i128> {
        let tensor = &self.tensors[name];
        match tensor.kind.as_str() {
            "I8" => tensor.bytes.iter().map(|&byte| i128::from(byte.cast_signed())).collect(),
            "U8" => tensor.bytes.iter().map(|&byte| i128::from(byte)).collect(),
            "I32" => tensor.bytes.as_chunks().0.iter().map(|&bytes| i128::from(i32::from_le_bytes(bytes))).collect(),
            kind => panic!("{name} is of type {kind}"),
        }
    }
}
