//! burn on its Flex backend, the one it recommends for processors: a `Module` of `Linear` layers, as its book writes them.

use burn::module::{Module, Param};
use burn::nn::loss::{CrossEntropyLoss, CrossEntropyLossConfig, MseLoss, Reduction};
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::activation::{relu, softmax};
use burn::tensor::{Device, Int, Tensor, TensorData};
use peers::{Dense, EPSILON, Epochs, LEARNING_RATE, Peer, Targets, Task};

#[derive(Module, Debug)]
struct Net {
    body: Vec<Linear>,
    a: Vec<Linear>,
    b: Vec<Linear>,
}

impl Net {
    fn new(task: &Task, device: &Device) -> Self {
        let linear = |layer: &Dense| {
            let mut linear = LinearConfig::new(layer.inputs, layer.units).init(device);
            linear.weight = Param::from_data(TensorData::new(layer.kernel.clone(), [layer.inputs, layer.units]), device);
            linear.bias = Some(Param::from_data(TensorData::new(layer.bias.clone(), [layer.units]), device));
            linear
        };
        let [body, a, b] = [&task.body, &task.heads[0], &task.heads[1]].map(|layers| layers.iter().map(linear).collect());
        Self { body, a, b }
    }

    /// Outputs of the heads, before the softmax.
    fn forward(&self, x: Tensor<2>) -> [Tensor<2>; 2] {
        let body = self.body.iter().fold(x, |x, layer| relu(layer.forward(x)));
        [&self.a, &self.b].map(|head| {
            let (last, hidden) = head.split_last().expect("a layer");
            last.forward(hidden.iter().fold(body.clone(), |x, layer| relu(layer.forward(x))))
        })
    }
}

/// The targets of all rows.
enum Head {
    Values(Tensor<2>),
    Classes(Tensor<1, Int>, Box<CrossEntropyLoss>),
}

impl Head {
    fn new(targets: &Targets, device: &Device) -> Self {
        match targets {
            Targets::Values(values) => Self::Values(Tensor::from_data(TensorData::new(values.clone(), [values.len(), 1]), device)),
            Targets::Classes(classes) => {
                let tensor = Tensor::from_data(TensorData::new(classes.clone(), [classes.len()]), device);
                Self::Classes(tensor, Box::new(CrossEntropyLossConfig::new().init(device)))
            }
        }
    }

    fn loss(&self, outputs: Tensor<2>, start: usize, batch: usize) -> Tensor<1> {
        match self {
            Self::Values(values) => MseLoss::new().forward(outputs, values.clone().narrow(0, start, batch), Reduction::Mean),
            Self::Classes(classes, loss) => loss.forward(outputs, classes.clone().narrow(0, start, batch)),
        }
    }
}

struct Burn {
    device: Device,
    /// Without the graph of derivatives.
    net: Net,
    /// The heads that end in a softmax.
    softmax: [bool; 2],
}

impl Peer for Burn {
    fn new(task: &Task) -> Self {
        let device = Device::flex();
        let softmax = [0, 1].map(|head| matches!(task.targets[head], Targets::Classes(_)));
        Self { net: Net::new(task, &device), device, softmax }
    }

    fn predict(&mut self, row: &[f32], outputs: &mut [f32]) {
        let x = Tensor::<2>::from_data(TensorData::new(row.to_vec(), [1, row.len()]), &self.device);
        let mut rest = outputs;
        for (head, is_softmax) in self.net.forward(x).into_iter().zip(self.softmax) {
            let data = if is_softmax { softmax(head, 1) } else { head }.into_data();
            let values = data.as_slice::<f32>().expect("f32");
            let (mine, others) = rest.split_at_mut(values.len());
            mine.copy_from_slice(values);
            rest = others;
        }
    }

    fn train(&mut self, task: &Task, epochs: &mut Epochs) {
        let device = self.device.clone().autodiff();
        let inputs = Tensor::<2>::from_data(TensorData::new(task.inputs.clone(), [task.rows(), task.width]), &device);
        let [head_a, head_b] = [0, 1].map(|head| Head::new(&task.targets[head], &device));
        let mut optimizer = AdamConfig::new().with_epsilon(EPSILON as f32).init();
        let mut net = Net::new(task, &device);
        loop {
            let mut losses = Vec::new();
            for start in (0..task.rows()).step_by(task.batch) {
                let [a, b] = net.forward(inputs.clone().narrow(0, start, task.batch));
                let loss = head_a.loss(a, start, task.batch) + head_b.loss(b, start, task.batch);
                let gradients = GradientsParams::from_grads(loss.backward(), &net);
                net = optimizer.step(LEARNING_RATE, net, gradients);
                losses.push(loss.into_scalar::<f32>());
            }
            if !epochs.end(losses) {
                break;
            }
        }
        self.net = net.valid();
    }
}

fn main() {
    peers::run::<Burn, Burn>();
}
