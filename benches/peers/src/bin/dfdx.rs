//! dfdx: tuples of layers with `SplitInto` for the heads, denormals flushed to zero, as its examples are written.

use dfdx::losses::{cross_entropy_with_logits_loss, mse_loss};
use dfdx::nn::builders::{DeviceBuildExt, Linear, Module, ModuleMut, ReLU, SplitInto, ZeroGrads};
use dfdx::nn::modules;
use dfdx::optim::{Adam, AdamConfig, Optimizer};
use dfdx::shapes::{Const, Rank0, Rank2};
use dfdx::tensor::{AsArray, Cpu, Gradients, OwnedTape, Tensor, TensorFromVec, Trace};
use dfdx::tensor_ops::Backward;
use peers::{Dense, EPSILON, Epochs, LEARNING_RATE, Peer, Targets, Task};

type Body<const I: usize, const H: usize, const J: usize> = ((Linear<I, H>, ReLU), (Linear<H, J>, ReLU));
type Head<const O: usize> = ((Linear<64, 20>, ReLU), Linear<20, O>);
type Seed = (Body<16, 64, 64>, SplitInto<(Head<1>, Head<3>)>);
type Wide = (Body<784, 256, 128>, SplitInto<(Linear<128, 10>, Linear<128, 10>)>);

type Built<M> = <M as dfdx::nn::BuildOnDevice<Cpu, f32>>::Built;
type Loss = Tensor<Rank0, f32, Cpu, OwnedTape<f32, Cpu>>;

fn copy<const I: usize, const O: usize>(linear: &mut modules::Linear<I, O, f32, Cpu>, layer: &Dense) {
    linear.weight.copy_from(&layer.transposed());
    linear.bias.copy_from(&layer.bias);
}

/// The rows from `start` on, as a tensor.
fn rows<const B: usize, const W: usize>(device: &Cpu, values: &[f32], start: usize) -> Tensor<Rank2<B, W>, f32, Cpu> {
    device.tensor_from_vec(values[start * W..][..B * W].to_vec(), (Const, Const))
}

/// The classes of all rows, one-hot as the loss wants them.
fn one_hot(targets: &Targets, width: usize) -> Vec<f32> {
    match targets {
        Targets::Values(values) => values.clone(),
        Targets::Classes(classes) => classes.iter().flat_map(|&class| (0..width).map(move |at| f32::from(at == class as usize))).collect(),
    }
}

macro_rules! peer {
    ($peer:ident: $model:ident, batch $batch:literal, width $width:literal, outputs $a:literal $b:literal, $load:expr, $loss_a:ident, $loss_b:ident) => {
        struct $peer {
            device: Cpu,
            model: Built<$model>,
        }

        impl $peer {
            fn loss(&mut self, task: &Task, targets: &[Vec<f32>; 2], start: usize, gradients: Gradients<f32, Cpu>) -> Loss {
                let x = rows::<$batch, $width>(&self.device, &task.inputs, start);
                let (a, b) = self.model.forward_mut(x.traced(gradients));
                let loss_a = $loss_a(a, rows::<$batch, $a>(&self.device, &targets[0], start));
                let loss_b = $loss_b(b, rows::<$batch, $b>(&self.device, &targets[1], start));
                loss_a + loss_b
            }
        }

        impl Peer for $peer {
            fn new(task: &Task) -> Self {
                dfdx::flush_denormals_to_zero();
                let device = Cpu::default();
                let mut model = device.build_module::<$model, f32>();
                let load: fn(&mut Built<$model>, &Task) = $load;
                load(&mut model, task);
                Self { device, model }
            }

            fn predict(&mut self, row: &[f32], outputs: &mut [f32]) {
                let x: Tensor<Rank2<1, $width>, f32, Cpu> = rows(&self.device, row, 0);
                let (a, b) = self.model.forward(x);
                let a = if $a > 1 { a.softmax::<dfdx::shapes::Axis<1>>() } else { a };
                outputs[..$a].copy_from_slice(&a.array()[0]);
                outputs[$a..].copy_from_slice(&b.softmax::<dfdx::shapes::Axis<1>>().array()[0]);
            }

            fn train(&mut self, task: &Task, epochs: &mut Epochs) {
                assert_eq!(task.batch, $batch, "a batch is part of a type");
                let targets = [one_hot(&task.targets[0], $a), one_hot(&task.targets[1], $b)];
                let mut optimizer = Adam::new(&self.model, AdamConfig { lr: LEARNING_RATE, eps: EPSILON, ..AdamConfig::default() });
                let mut gradients = self.model.alloc_grads();
                loop {
                    let mut losses = Vec::new();
                    for start in (0..task.rows()).step_by($batch) {
                        let loss = self.loss(task, &targets, start, gradients);
                        losses.push(loss.array());
                        gradients = loss.backward();
                        optimizer.update(&mut self.model, &gradients).expect("no unused parameters");
                        self.model.zero_grads(&mut gradients);
                    }
                    if !epochs.end(losses) {
                        return;
                    }
                }
            }
        }
    };
}

peer! { SeedPeer: Seed, batch 32, width 16, outputs 1 3, |((first, second), SplitInto((a, b))), task| {
    copy(&mut first.0, &task.body[0]);
    copy(&mut second.0, &task.body[1]);
    copy(&mut a.0.0, &task.heads[0][0]);
    copy(&mut a.1, &task.heads[0][1]);
    copy(&mut b.0.0, &task.heads[1][0]);
    copy(&mut b.1, &task.heads[1][1]);
}, mse_loss, cross_entropy_with_logits_loss }

peer! { WidePeer: Wide, batch 64, width 784, outputs 10 10, |((first, second), SplitInto((a, b))), task| {
    copy(&mut first.0, &task.body[0]);
    copy(&mut second.0, &task.body[1]);
    copy(a, &task.heads[0][0]);
    copy(b, &task.heads[1][0]);
}, cross_entropy_with_logits_loss, cross_entropy_with_logits_loss }

fn main() {
    peers::run::<SeedPeer, WidePeer>();
}
