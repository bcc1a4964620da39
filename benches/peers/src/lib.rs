//! What the peers in Rust share: the task, read from the files that `run.py` writes, and the answers to its commands.
//!
//! Each peer is a program in `src/bin` that implements [`Peer`] and calls [`run`]. It is told commands line by line on its standard
//! input and answers each with a line of numbers:
//!
//! | command | answer |
//! |---|---|
//! | `check MODEL` | what the heads say of the first rows, the loss of each step of an epoch, what the heads then say |
//! | `train MODEL SECONDS` | seconds a step, one number for each epoch, for about that long |
//! | `predict MODEL SECONDS` | seconds a prediction, one number for each of many short runs |
//!
//! `peers/*.py` speak the same.

use std::fs;
use std::hint::black_box;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

/// Step size of Adam, in all peers.
pub const LEARNING_RATE: f64 = 1e-3;
/// Epsilon of Adam, in all peers; its other parameters are 0.9 and 0.999.
///
/// Keras and mtl add it to the root of the mean square before the correction of the moments, the others after it. So it is small enough to
/// make no difference.
pub const EPSILON: f64 = 1e-10;
/// Rows whose predictions are compared.
pub const CHECKED: usize = 4;

/// The targets of a head, and with them its loss.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// Mean squared error on one value a row.
    Values(Vec<f32>),
    /// Cross-entropy after a softmax, a class a row.
    Classes(Vec<i64>),
}

/// The start and the end of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    pub inputs: usize,
    pub units: usize,
    /// `[inputs, units]`, row by row.
    pub kernel: Vec<f32>,
    pub bias: Vec<f32>,
}

impl Dense {
    /// The kernel as PyTorch has it: `[units, inputs]`, row by row.
    pub fn transposed(&self) -> Vec<f32> {
        (0..self.units * self.inputs).map(|at| self.kernel[at % self.inputs * self.units + at / self.inputs]).collect()
    }
}

/// A model's weights to begin with, and its data.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// The file of the weights.
    pub weights: PathBuf,
    /// The file of the same model for ONNX.
    pub onnx: PathBuf,
    /// Two layers that the heads share, with relu after each.
    pub body: Vec<Dense>,
    /// The layers of each head, `a`, `b` and so on, with relu between them.
    pub heads: Vec<Vec<Dense>>,
    /// Samples a step.
    pub batch: usize,
    /// Numbers a row.
    pub width: usize,
    /// Row by row.
    pub inputs: Vec<f32>,
    /// What each head should say.
    pub targets: Vec<Targets>,
}

impl Task {
    /// The task of this name.
    pub fn read(directory: &Path, model: &str) -> Self {
        let weights = directory.join(format!("{model}.safetensors"));
        let read = |path: &Path| fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (weight_bytes, data_bytes) = (read(&weights), read(&directory.join(format!("{model}_data.safetensors"))));
        let (parameters, data) = (SafeTensors::deserialize(&weight_bytes).unwrap(), SafeTensors::deserialize(&data_bytes).unwrap());
        let block = |block: &str| (1..).map_while(|number| dense(&parameters, &format!("{block}.dense{number}"))).collect();
        let heads: Vec<String> = ('a'..='h').map(String::from).filter(|head| data.tensor(head).is_ok()).collect();
        let inputs = data.tensor("x").unwrap();
        Self {
            onnx: directory.join(format!("{model}.onnx")),
            weights,
            body: block("body"),
            heads: heads.iter().map(|head| block(head)).collect(),
            batch: integers(&data.tensor("batch").unwrap())[0] as usize,
            width: inputs.shape()[1],
            inputs: floats(&inputs),
            targets: heads.iter().map(|head| targets(&data.tensor(head).unwrap())).collect(),
        }
    }

    /// How many samples there are.
    pub fn rows(&self) -> usize {
        self.inputs.len() / self.width
    }

    /// A sample.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.inputs[row * self.width..][..self.width]
    }

    /// The numbers that the heads give for a sample.
    pub fn outputs(&self) -> usize {
        self.heads.iter().filter_map(|head| head.last()).map(|layer| layer.units).sum()
    }
}

fn floats(tensor: &TensorView<'_>) -> Vec<f32> {
    tensor.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}

fn integers(tensor: &TensorView<'_>) -> Vec<i64> {
    tensor.data().as_chunks().0.iter().map(|&bytes| i64::from_le_bytes(bytes)).collect()
}

fn targets(tensor: &TensorView<'_>) -> Targets {
    if tensor.dtype() == Dtype::F32 { Targets::Values(floats(tensor)) } else { Targets::Classes(integers(tensor)) }
}

fn dense(parameters: &SafeTensors<'_>, path: &str) -> Option<Dense> {
    let kernel = parameters.tensor(&format!("{path}.kernel")).ok()?;
    let bias = parameters.tensor(&format!("{path}.bias")).ok()?;
    Some(Dense { inputs: kernel.shape()[0], units: kernel.shape()[1], kernel: floats(&kernel), bias: floats(&bias) })
}

/// A model of one peer.
pub trait Peer {
    /// The model with the weights of the task.
    fn new(task: &Task) -> Self;

    /// Writes what the heads say of a row, one after the other, after their activations.
    fn predict(&mut self, row: &[f32], outputs: &mut [f32]);

    /// Trains with Adam on all rows in their order, epoch after epoch, until [`Epochs::end`] says no.
    ///
    /// Peers that only predict leave this out.
    fn train(&mut self, task: &Task, epochs: &mut Epochs) {
        let _ = (task, epochs);
    }
}

/// Counts and times the epochs of a training.
pub struct Epochs {
    duration: Duration,
    /// The end of the first epoch, which is not timed, and of the last.
    ends: Option<(Instant, Instant)>,
    losses: Vec<f32>,
    seconds: Vec<f64>,
}

impl Epochs {
    fn new(duration: Duration) -> Self {
        Self { duration, ends: None, losses: Vec::new(), seconds: Vec::new() }
    }

    /// Ends an epoch, with the loss of each of its steps from before the step; tells whether there is another.
    pub fn end(&mut self, losses: Vec<f32>) -> bool {
        let now = Instant::now();
        match &mut self.ends {
            None => {
                self.ends = Some((now, now));
                self.losses = losses;
                !self.duration.is_zero()
            }
            Some((first, last)) => {
                self.seconds.push((now - *last).as_secs_f64() / losses.len() as f64);
                *last = now;
                now - *first < self.duration
            }
        }
    }
}

/// One command, read.
pub struct Request {
    command: String,
    pub task: Task,
    /// The name of the task's model.
    pub model: String,
    /// What stands between the model and the seconds.
    pub options: Vec<String>,
    duration: Duration,
}

impl Request {
    fn read(directory: &Path, line: &str) -> Self {
        let mut words = line.split_whitespace().map(str::to_owned);
        let (command, model) = (words.next().expect("a command"), words.next().expect("a model"));
        let mut options: Vec<String> = words.collect();
        let seconds = if command == "check" { 0.0 } else { options.pop().and_then(|word| word.parse().ok()).expect("seconds") };
        Self { task: Task::read(directory, &model), command, model, options, duration: Duration::from_secs_f64(seconds) }
    }

    /// What the command asks of the peer that `make` makes.
    pub fn answer<P: Peer>(&self, make: impl Fn(&Task) -> P) -> Vec<f64> {
        let peer = make(&self.task);
        match self.command.as_str() {
            "predict" => time_predictions(peer, &self.task, self.duration),
            // A program that only predicts has no training in it.
            "check" if cfg!(not(feature = "predict")) => check(peer, &self.task),
            "train" if cfg!(not(feature = "predict")) => time_training(peer, &self.task, self.duration),
            command => panic!("no command `{command}`"),
        }
    }
}

/// The losses of one epoch between predictions.
fn check(mut peer: impl Peer, task: &Task) -> Vec<f64> {
    let mut numbers = first_predictions(&mut peer, task);
    let mut epochs = Epochs::new(Duration::ZERO);
    peer.train(task, &mut epochs);
    if !epochs.losses.is_empty() {
        numbers.append(&mut epochs.losses);
        numbers.append(&mut first_predictions(&mut peer, task));
    }
    numbers.into_iter().map(f64::from).collect()
}

fn first_predictions(peer: &mut impl Peer, task: &Task) -> Vec<f32> {
    let mut outputs = vec![0.0; CHECKED * task.outputs()];
    for (row, outputs) in outputs.chunks_mut(task.outputs()).enumerate() {
        peer.predict(task.row(row), outputs);
    }
    outputs
}

fn time_training(mut peer: impl Peer, task: &Task, duration: Duration) -> Vec<f64> {
    let mut epochs = Epochs::new(duration);
    peer.train(task, &mut epochs);
    epochs.seconds
}

fn time_predictions(mut peer: impl Peer, task: &Task, duration: Duration) -> Vec<f64> {
    let mut outputs = vec![0.0; task.outputs()];
    let mut run = |repeats: usize| {
        let start = Instant::now();
        for row in (0..task.rows()).cycle().take(repeats) {
            peer.predict(black_box(task.row(row)), black_box(&mut outputs));
        }
        start.elapsed().as_secs_f64() / repeats as f64
    };
    // Runs of half a millisecond.
    let repeats = (5e-4 / run(20)) as usize + 1;
    let start = Instant::now();
    let mut seconds = Vec::new();
    while start.elapsed() < duration {
        seconds.push(run(repeats));
    }
    seconds
}

/// Answers the commands, each by its peer. The programs' only argument is the directory of the tasks.
pub fn serve(answer: impl Fn(&Request) -> Vec<f64>) {
    let directory = PathBuf::from(std::env::args().nth(1).expect("the directory of the tasks"));
    for line in io::stdin().lock().lines() {
        let request = Request::read(&directory, &line.expect("text"));
        let numbers: Vec<String> = answer(&request).iter().map(f64::to_string).collect();
        println!("{}", numbers.join(" "));
        io::stdout().flush().expect("a reader");
    }
}

/// Answers the commands for the two models.
pub fn run<Seed: Peer, Wide: Peer>() {
    serve(|request| match request.model.as_str() {
        "seed" => request.answer(Seed::new),
        "wide" => request.answer(Wide::new),
        model => panic!("no model `{model}`"),
    });
}
