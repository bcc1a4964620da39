//! candle: `Linear` layers over `Var`s and `AdamW` without decay, as its training examples are written.

use candle_core::{D, Device, Result, Tensor, Var};
use candle_nn::{AdamW, Linear, Module, Optimizer, ParamsAdamW, loss, ops};
use peers::{Dense, EPSILON, Epochs, LEARNING_RATE, Peer, Targets, Task};

struct Candle {
    body: Vec<Linear>,
    heads: Vec<Vec<Linear>>,
    variables: Vec<Var>,
    /// Which heads end in a softmax.
    softmax: Vec<bool>,
}

impl Candle {
    fn build(task: &Task) -> Result<Self> {
        let mut variables = Vec::new();
        let mut linear = |layer: &Dense| {
            let weight = Var::from_vec(layer.transposed(), (layer.units, layer.inputs), &Device::Cpu)?;
            let bias = Var::from_vec(layer.bias.clone(), layer.units, &Device::Cpu)?;
            variables.extend([weight.clone(), bias.clone()]);
            Ok(Linear::new(weight.as_tensor().clone(), Some(bias.as_tensor().clone())))
        };
        let body = task.body.iter().map(&mut linear).collect::<Result<_>>()?;
        let heads = task.heads.iter().map(|head| head.iter().map(&mut linear).collect()).collect::<Result<_>>()?;
        let softmax = task.targets.iter().map(|targets| matches!(targets, Targets::Classes(_))).collect();
        Ok(Self { body, heads, variables, softmax })
    }

    /// Outputs of the heads, before the softmax.
    fn forward(&self, x: &Tensor) -> Result<Vec<Tensor>> {
        let mut body = x.clone();
        for layer in &self.body {
            body = layer.forward(&body)?.relu()?;
        }
        let head = |layers: &Vec<Linear>| {
            let (last, hidden) = layers.split_last().expect("a layer");
            let hidden = hidden.iter().try_fold(body.clone(), |x, layer| layer.forward(&x)?.relu())?;
            last.forward(&hidden)
        };
        self.heads.iter().map(head).collect()
    }

    fn outputs(&self, row: &[f32], outputs: &mut [f32]) -> Result<()> {
        let heads = self.forward(&Tensor::from_slice(row, (1, row.len()), &Device::Cpu)?)?;
        let mut rest = outputs;
        for (head, softmax) in heads.into_iter().zip(&self.softmax) {
            let head = if *softmax { ops::softmax(&head, D::Minus1)? } else { head };
            let values = head.squeeze(0)?.to_vec1::<f32>()?;
            let (mine, others) = rest.split_at_mut(values.len());
            mine.copy_from_slice(&values);
            rest = others;
        }
        Ok(())
    }

    fn fit(&self, task: &Task, epochs: &mut Epochs) -> Result<()> {
        let inputs = Tensor::from_slice(&task.inputs, (task.rows(), task.width), &Device::Cpu)?;
        let targets = task.targets.iter().map(|targets| match targets {
            Targets::Values(values) => Tensor::from_slice(values, (task.rows(), 1), &Device::Cpu),
            Targets::Classes(classes) => Tensor::from_iter(classes.iter().map(|&class| class as u32), &Device::Cpu),
        });
        let targets = targets.collect::<Result<Vec<_>>>()?;
        let settings = ParamsAdamW { lr: LEARNING_RATE, eps: EPSILON, weight_decay: 0.0, ..ParamsAdamW::default() };
        let mut optimizer = AdamW::new(self.variables.clone(), settings)?;
        loop {
            let mut losses = Vec::new();
            for start in (0..task.rows()).step_by(task.batch) {
                let heads = self.forward(&inputs.narrow(0, start, task.batch)?)?;
                let mut parts = Vec::new();
                for ((head, targets), softmax) in heads.iter().zip(&targets).zip(&self.softmax) {
                    let targets = targets.narrow(0, start, task.batch)?;
                    parts.push(if *softmax { loss::cross_entropy(head, &targets)? } else { loss::mse(head, &targets)? });
                }
                let loss = (&parts[0] + &parts[1])?;
                optimizer.backward_step(&loss)?;
                losses.push(loss.to_scalar::<f32>()?);
            }
            if !epochs.end(losses) {
                return Ok(());
            }
        }
    }
}

impl Peer for Candle {
    fn new(task: &Task) -> Self {
        Self::build(task).expect("a model")
    }
    fn predict(&mut self, row: &[f32], outputs: &mut [f32]) {
        self.outputs(row, outputs).expect("outputs");
    }
    fn train(&mut self, task: &Task, epochs: &mut Epochs) {
        self.fit(task, epochs).expect("a training");
    }
}

fn main() {
    peers::run::<Candle, Candle>();
}
