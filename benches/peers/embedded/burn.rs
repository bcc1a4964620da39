//! burn on its Flex backend with the features that it has for programs without the standard library: a `Module` of `Linear` layers, with its weights
//! copied onto the heap at the first prediction.
//!
//! The program itself cannot do without `std`: on Linux a crate that burn depends on whatever its features, `web-time`, links it.

use core::cell::OnceCell;

use burn_no_std as burn;

use burn::module::{Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::{relu, sigmoid, softmax};
use burn::tensor::{Device, Tensor, TensorData};

#[derive(Module, Debug)]
struct Net {
    body: Vec<Linear>,
    a: Vec<Linear>,
    b: Vec<Linear>,
}

/// The weights that are not read yet.
struct Weights {
    bytes: &'static [u8],
    device: Device,
}

impl Weights {
    fn take(&mut self, count: usize) -> Vec<f32> {
        let (mine, rest) = self.bytes.split_at(4 * count);
        self.bytes = rest;
        mine.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
    }

    /// Layers of these widths, one after the other.
    fn layers(&mut self, widths: &[usize]) -> Vec<Linear> {
        let layers = widths.windows(2).map(|pair| {
            let (inputs, units) = (pair[0], pair[1]);
            let mut linear = LinearConfig::new(inputs, units).init(&self.device);
            linear.weight = Param::from_data(TensorData::new(self.take(inputs * units), [inputs, units]), &self.device);
            linear.bias = Some(Param::from_data(TensorData::new(self.take(units), [units]), &self.device));
            linear
        });
        layers.collect()
    }
}

/// A model that is made when it is first used.
struct Embedded {
    net: OnceCell<(Net, Device)>,
    weights: &'static [u8],
    widths: [&'static [usize]; 3],
}

// SAFETY: the program predicts in one thread at a time.
unsafe impl Sync for Embedded {}

impl Embedded {
    const fn new(weights: &'static [u8], widths: [&'static [usize]; 3]) -> Self {
        Self { net: OnceCell::new(), weights, widths }
    }

    fn predict(&self, inputs: &[f32], outputs: &mut [f32], activations: [Option<fn(Tensor<2>) -> Tensor<2>>; 2]) {
        let (net, device) = self.net.get_or_init(|| {
            let device = Device::flex();
            let mut weights = Weights { bytes: self.weights, device: device.clone() };
            let [body, a, b] = self.widths.map(|widths| weights.layers(widths));
            (Net { body, a, b }, device)
        });
        let x = Tensor::<2>::from_data(TensorData::new(inputs.to_vec(), [1, inputs.len()]), device);
        let body = net.body.iter().fold(x, |x, layer| relu(layer.forward(x)));
        let mut rest = outputs;
        for (head, activation) in [&net.a, &net.b].into_iter().zip(activations) {
            let (last, hidden) = head.split_last().expect("a layer");
            let sums = last.forward(hidden.iter().fold(body.clone(), |x, layer| relu(layer.forward(x))));
            let data = activation.map_or_else(|| sums.clone(), |activation| activation(sums.clone())).into_data();
            let values = data.as_slice::<f32>().expect("f32");
            let (mine, others) = rest.split_at_mut(values.len());
            mine.copy_from_slice(values);
            rest = others;
        }
    }
}

static SEED: Embedded = Embedded::new(include_bytes!("../target/tasks/seed.f32"), [&[16, 64, 64], &[64, 20, 1], &[64, 20, 3]]);
static DIGITS: Embedded = Embedded::new(include_bytes!("../target/tasks/digits.f32"), [&[64, 48, 32], &[32, 10], &[32, 16, 1]]);

// SAFETY: no other function of the program has this name.
#[unsafe(no_mangle)]
extern "C" fn seed_predict(inputs: &[f32; 16], outputs: &mut [f32; 4]) {
    SEED.predict(inputs, outputs, [None, Some(|x| softmax(x, 1))]);
}

// SAFETY: no other function of the program has this name.
#[unsafe(no_mangle)]
extern "C" fn digits_predict(inputs: &[f32; 64], outputs: &mut [f32; 11]) {
    DIGITS.predict(inputs, outputs, [Some(|x| softmax(x, 1)), Some(|x| sigmoid(x))]);
}
