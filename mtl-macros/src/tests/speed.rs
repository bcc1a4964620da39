//! The time an expansion takes grows with the number of layers and no faster.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::expand::expand;

fn chain(layers: usize) -> proc_macro2::TokenStream {
    let mut source = String::from("[::mtl] struct Deep { input x0: [16];\n");
    for layer in 1..=layers {
        let _ = writeln!(source, "let x{layer} = x{} -> Dense(16, relu);", layer - 1);
    }
    let _ = writeln!(
        source,
        "head a = x{layers} -> Dense(1) {{ loss: mse }} head b = x{layers} -> Dense(3, softmax) {{ loss: categorical_cross_entropy }} }}"
    );
    source.parse().expect("tokens")
}

/// The best of some: other tests run at the same time.
fn time(layers: usize) -> Duration {
    let tokens = chain(layers);
    let once = || {
        let start = Instant::now();
        let items = expand(tokens.clone());
        let elapsed = start.elapsed();
        assert!(!items.to_string().contains("compile_error"));
        elapsed
    };
    (0..8).map(|_| once()).min().unwrap_or_default()
}

/// The tokens of an expansion: how much the compiler has to read.
fn count(tokens: proc_macro2::TokenStream) -> usize {
    tokens.into_iter().map(|token| if let proc_macro2::TokenTree::Group(group) = token { 2 + count(group.stream()) } else { 1 }).sum()
}

#[test]
fn expansion_takes_time_linear_in_the_layers() {
    // What else runs may disturb a measurement, but not turn a hundredfold into a tenfold: one in five is enough.
    let is_linear = (0..5).any(|_| {
        let (few, short, long) = (time(5), time(50), time(500));
        println!("5 layers: {few:?}, 50 layers: {short:?}, 500 layers: {long:?}");
        long < short * 30
    });
    println!("{} tokens", count(expand(chain(500))));
    assert!(is_linear, "500 layers take more than 30 times as long as 50");
}
