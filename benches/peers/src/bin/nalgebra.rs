//! Plain nalgebra, by hand: what an engineer writes who has no library for it.
//!
//! The small model is in `SMatrix`, the wide one in `DMatrix`, which goes to blocked products: at these sizes each is the better.
//! One column a sample. All buffers are made once.

use nalgebra::allocator::Allocator;
use nalgebra::{Const, DefaultAllocator, Dim, Dyn, OMatrix, OVector, U1};
use peers::{EPSILON, Epochs, LEARNING_RATE, Peer, Targets, Task};

/// Parameters with their gradients and moments.
struct Adam<R: Dim, C: Dim>
where
    DefaultAllocator: Allocator<R, C>,
{
    value: OMatrix<f32, R, C>,
    gradient: OMatrix<f32, R, C>,
    mean: OMatrix<f32, R, C>,
    square: OMatrix<f32, R, C>,
}

impl<R: Dim, C: Dim> Adam<R, C>
where
    DefaultAllocator: Allocator<R, C>,
{
    fn new(value: OMatrix<f32, R, C>) -> Self {
        let zero = OMatrix::zeros_generic(value.shape_generic().0, value.shape_generic().1);
        Self { value, gradient: zero.clone(), mean: zero.clone(), square: zero }
    }

    /// A step of size `rate`, with `epsilon` times the correction of the second moment.
    fn step(&mut self, rate: f32, epsilon: f32) {
        let moments = self.mean.as_mut_slice().iter_mut().zip(self.square.as_mut_slice());
        for ((value, gradient), (mean, square)) in self.value.as_mut_slice().iter_mut().zip(self.gradient.as_slice()).zip(moments) {
            *mean += 0.1 * (gradient - *mean);
            *square += 0.001 * (gradient * gradient - *square);
            *value -= rate * *mean / (square.sqrt() + epsilon);
        }
    }
}

/// A layer of `O` units on `I` inputs, for `B` samples at once.
struct Dense<O: Dim, I: Dim, B: Dim>
where
    DefaultAllocator: Allocator<O, I> + Allocator<O> + Allocator<O, B>,
{
    kernel: Adam<O, I>,
    bias: Adam<O, U1>,
    outputs: OMatrix<f32, O, B>,
    /// With respect to the outputs, before the activation once [`Dense::backward`] has begun.
    gradient: OMatrix<f32, O, B>,
    relu: bool,
}

impl<O: Dim, I: Dim, B: Dim> Dense<O, I, B>
where
    DefaultAllocator: Allocator<O, I> + Allocator<I, O> + Allocator<O> + Allocator<I> + Allocator<O, B> + Allocator<I, B> + Allocator<B, I>,
{
    fn new(layer: &peers::Dense, (outputs, inputs, batch): (O, I, B), relu: bool) -> Self {
        Self {
            // Row by row with the inputs first is column by column with the units first.
            kernel: Adam::new(OMatrix::from_column_slice_generic(outputs, inputs, &layer.kernel)),
            bias: Adam::new(OVector::from_column_slice_generic(outputs, U1, &layer.bias)),
            outputs: OMatrix::zeros_generic(outputs, batch),
            gradient: OMatrix::zeros_generic(outputs, batch),
            relu,
        }
    }

    fn forward(&mut self, inputs: &OMatrix<f32, I, B>) {
        for mut column in self.outputs.column_iter_mut() {
            column.copy_from(&self.bias.value);
        }
        self.outputs.gemm(1.0, &self.kernel.value, inputs, 1.0);
        if self.relu {
            self.outputs.apply(|y| *y = y.max(0.0));
        }
    }

    /// One sample.
    fn predict(&self, inputs: &OVector<f32, I>) -> OVector<f32, O> {
        let mut outputs = self.bias.value.clone();
        outputs.gemv(1.0, &self.kernel.value, inputs, 1.0);
        if self.relu {
            outputs.apply(|y| *y = y.max(0.0));
        }
        outputs
    }

    /// The gradient of the parameters.
    fn backward(&mut self, inputs: &OMatrix<f32, I, B>) {
        if self.relu {
            self.gradient.zip_apply(&self.outputs, |dy, y| {
                if y <= 0.0 {
                    *dy = 0.0
                }
            });
        }
        self.kernel.gradient.gemm(1.0, &self.gradient, &inputs.transpose(), 0.0);
        self.bias.gradient = self.gradient.column_sum();
    }

    /// Adds `scale` times what is there to the gradient of the inputs.
    fn input_gradient(&self, gradient: &mut OMatrix<f32, I, B>, scale: f32) {
        gradient.gemm(1.0, &self.kernel.value.transpose(), &self.gradient, scale);
    }

    fn step(&mut self, rate: f32, epsilon: f32) {
        self.kernel.step(rate, epsilon);
        self.bias.step(rate, epsilon);
    }
}

/// Mean squared error of one row, and its gradient.
fn mean_squared_error<B: Dim>(outputs: &OMatrix<f32, U1, B>, targets: &[f32], gradient: &mut OMatrix<f32, U1, B>) -> f32
where
    DefaultAllocator: Allocator<U1, B>,
{
    let mut loss = 0.0;
    for ((output, target), gradient) in outputs.iter().zip(targets).zip(gradient.iter_mut()) {
        let error = output - target;
        loss += error * error;
        *gradient = 2.0 * error / targets.len() as f32;
    }
    loss / targets.len() as f32
}

/// Mean cross-entropy of the softmax of each column, and its gradient.
fn cross_entropy<C: Dim, B: Dim>(logits: &OMatrix<f32, C, B>, classes: &[i64], gradient: &mut OMatrix<f32, C, B>) -> f32
where
    DefaultAllocator: Allocator<C, B>,
{
    let mut loss = 0.0;
    for ((logits, &class), mut gradient) in logits.column_iter().zip(classes).zip(gradient.column_iter_mut()) {
        let largest = logits.max();
        gradient.zip_apply(&logits, |exponential, logit| *exponential = (logit - largest).exp());
        let sum = gradient.sum();
        loss += sum.ln() + largest - logits[class as usize];
        gradient /= sum;
        gradient[class as usize] -= 1.0;
        gradient /= classes.len() as f32;
    }
    loss / classes.len() as f32
}

fn softmax(outputs: &mut [f32]) {
    let largest = outputs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    outputs.iter_mut().for_each(|output| *output = (*output - largest).exp());
    let sum: f32 = outputs.iter().sum();
    outputs.iter_mut().for_each(|output| *output /= sum);
}

/// Step size and epsilon with the corrections of the moments.
fn corrected(step: &mut i32) -> (f32, f32) {
    *step += 1;
    let (mean, square) = (1.0 - 0.9_f64.powi(*step), (1.0 - 0.999_f64.powi(*step)).sqrt());
    ((LEARNING_RATE * square / mean) as f32, (EPSILON * square) as f32)
}

const BATCH: Const<32> = Const::<32>;

struct Seed {
    inputs: OMatrix<f32, Const<16>, Const<32>>,
    body: (Dense<Const<64>, Const<16>, Const<32>>, Dense<Const<64>, Const<64>, Const<32>>),
    a: (Dense<Const<20>, Const<64>, Const<32>>, Dense<U1, Const<20>, Const<32>>),
    b: (Dense<Const<20>, Const<64>, Const<32>>, Dense<Const<3>, Const<20>, Const<32>>),
    steps: i32,
}

impl Peer for Box<Seed> {
    fn new(task: &Task) -> Self {
        let [a, b] = &task.heads[..] else { panic!("two heads") };
        Box::new(Seed {
            inputs: OMatrix::zeros_generic(Const, BATCH),
            body: (Dense::new(&task.body[0], (Const, Const, BATCH), true), Dense::new(&task.body[1], (Const, Const, BATCH), true)),
            a: (Dense::new(&a[0], (Const, Const, BATCH), true), Dense::new(&a[1], (Const, Const, BATCH), false)),
            b: (Dense::new(&b[0], (Const, Const, BATCH), true), Dense::new(&b[1], (Const, Const, BATCH), false)),
            steps: 0,
        })
    }

    fn predict(&mut self, row: &[f32], outputs: &mut [f32]) {
        let body = self.body.1.predict(&self.body.0.predict(&OVector::<f32, Const<16>>::from_column_slice(row)));
        outputs[0] = self.a.1.predict(&self.a.0.predict(&body))[0];
        outputs[1..].copy_from_slice(self.b.1.predict(&self.b.0.predict(&body)).as_slice());
        softmax(&mut outputs[1..]);
    }

    fn train(&mut self, task: &Task, epochs: &mut Epochs) {
        let [Targets::Values(a), Targets::Classes(b)] = &task.targets[..] else { panic!("a value and a class") };
        let (first, second) = &mut self.body;
        loop {
            let mut losses = Vec::new();
            for ((inputs, a), b) in task.inputs.chunks(task.batch * task.width).zip(a.chunks(task.batch)).zip(b.chunks(task.batch)) {
                self.inputs.copy_from_slice(inputs);
                first.forward(&self.inputs);
                second.forward(&first.outputs);
                self.a.0.forward(&second.outputs);
                self.a.1.forward(&self.a.0.outputs);
                self.b.0.forward(&second.outputs);
                self.b.1.forward(&self.b.0.outputs);
                let loss = mean_squared_error(&self.a.1.outputs, a, &mut self.a.1.gradient);
                losses.push(loss + cross_entropy(&self.b.1.outputs, b, &mut self.b.1.gradient));
                self.a.1.backward(&self.a.0.outputs);
                self.a.1.input_gradient(&mut self.a.0.gradient, 0.0);
                self.a.0.backward(&second.outputs);
                self.a.0.input_gradient(&mut second.gradient, 0.0);
                self.b.1.backward(&self.b.0.outputs);
                self.b.1.input_gradient(&mut self.b.0.gradient, 0.0);
                self.b.0.backward(&second.outputs);
                self.b.0.input_gradient(&mut second.gradient, 1.0);
                second.backward(&first.outputs);
                second.input_gradient(&mut first.gradient, 0.0);
                first.backward(&self.inputs);
                let (rate, epsilon) = corrected(&mut self.steps);
                first.step(rate, epsilon);
                second.step(rate, epsilon);
                self.a.0.step(rate, epsilon);
                self.a.1.step(rate, epsilon);
                self.b.0.step(rate, epsilon);
                self.b.1.step(rate, epsilon);
            }
            if !epochs.end(losses) {
                return;
            }
        }
    }
}

struct Wide {
    inputs: OMatrix<f32, Dyn, Dyn>,
    body: [Dense<Dyn, Dyn, Dyn>; 2],
    heads: [Dense<Dyn, Dyn, Dyn>; 2],
    steps: i32,
}

impl Peer for Wide {
    fn new(task: &Task) -> Self {
        let layer = |layer: &peers::Dense, relu| {
            let peers::Dense { units, inputs, .. } = *layer;
            Dense::new(layer, (Dyn(units), Dyn(inputs), Dyn(task.batch)), relu)
        };
        Self {
            inputs: OMatrix::zeros_generic(Dyn(task.width), Dyn(task.batch)),
            body: [layer(&task.body[0], true), layer(&task.body[1], true)],
            heads: [layer(&task.heads[0][0], false), layer(&task.heads[1][0], false)],
            steps: 0,
        }
    }

    fn predict(&mut self, row: &[f32], outputs: &mut [f32]) {
        let body = self.body[1].predict(&self.body[0].predict(&OVector::<f32, Dyn>::from_column_slice(row)));
        for (head, outputs) in self.heads.iter().zip(outputs.chunks_mut(10)) {
            outputs.copy_from_slice(head.predict(&body).as_slice());
            softmax(outputs);
        }
    }

    fn train(&mut self, task: &Task, epochs: &mut Epochs) {
        let [Targets::Classes(a), Targets::Classes(b)] = &task.targets[..] else { panic!("two classes") };
        let ([first, second], [head_a, head_b]) = (&mut self.body, &mut self.heads);
        loop {
            let mut losses = Vec::new();
            for ((inputs, a), b) in task.inputs.chunks(task.batch * task.width).zip(a.chunks(task.batch)).zip(b.chunks(task.batch)) {
                self.inputs.copy_from_slice(inputs);
                first.forward(&self.inputs);
                second.forward(&first.outputs);
                head_a.forward(&second.outputs);
                head_b.forward(&second.outputs);
                losses.push(cross_entropy(&head_a.outputs, a, &mut head_a.gradient) + cross_entropy(&head_b.outputs, b, &mut head_b.gradient));
                head_a.backward(&second.outputs);
                head_a.input_gradient(&mut second.gradient, 0.0);
                head_b.backward(&second.outputs);
                head_b.input_gradient(&mut second.gradient, 1.0);
                second.backward(&first.outputs);
                second.input_gradient(&mut first.gradient, 0.0);
                first.backward(&self.inputs);
                let (rate, epsilon) = corrected(&mut self.steps);
                for layer in [&mut *first, &mut *second, &mut *head_a, &mut *head_b] {
                    layer.step(rate, epsilon);
                }
            }
            if !epochs.end(losses) {
                return;
            }
        }
    }
}

fn main() {
    peers::run::<Box<Seed>, Wide>();
}
