//! The two-objective toy problem of CAGrad (Liu et al. 2021): two losses of two shared numbers, three starts, Adam.
//!
//! The mean of both gradients sticks at the edge of a valley from two of the starts; most directions that look at both gradients reach the
//! Pareto set, x between −7 and 7 at y ≈ −8.36, from all three, CAGrad its middle. Prints where each strategy ends; the paths go into `cagrad_toy.svg`.
//!
//! ```sh
//! cargo run --release --example cagrad_toy
//! ```

use std::error::Error;
use std::fmt::Write as _;

use mtl::balance::{CaGrad, Direction, Gradients, ImtlG, Mgda, NashMtl, PcGrad, SharedParameters, Sum, UpGrad};
use mtl::model::HeadSet;
use mtl::optimizer::{Adam, Optimizer};

const STARTS: [[f64; 2]; 3] = [[-8.5, 7.5], [-8.5, -5.0], [9.0, 9.0]];

/// The gradients of both losses at a point.
fn gradients([x, y]: [f64; 2]) -> [[f64; 2]; 2] {
    let upper = (y / 2.0).tanh().max(0.0);
    let lower = (-y / 2.0).tanh().max(0.0);
    let slope = 0.5 * (1.0 - (y / 2.0).tanh().powi(2));
    let (upper_slope, lower_slope) = (if y > 0.0 { slope } else { 0.0 }, if y < 0.0 { -slope } else { 0.0 });
    let task = |u: f64, u_slope_y: f64, centre: f64| {
        let (logarithm, per_u) = if u.abs() > 5e-6 { (u.abs().ln() + 6.0, 1.0 / u) } else { (5e-6_f64.ln() + 6.0, 0.0) };
        let bowl = ((x - centre).powi(2) + 0.1 * (y + 8.0).powi(2)) / 10.0 - 20.0;
        [
            upper * per_u * -0.5 + lower * (x - centre) / 5.0,
            upper_slope * logarithm + upper * per_u * u_slope_y + lower_slope * bowl + lower * 0.02 * (y + 8.0),
        ]
    };
    let bend = 1.0 - y.tanh().powi(2);
    [task(0.5 * (-x - 7.0) + y.tanh(), bend, 7.0), task(0.5 * (-x + 3.0) - y.tanh() + 2.0, -bend, -7.0)]
}

/// The path of Adam from a start, every thousandth point.
fn path(strategy: &mut dyn Direction<f64>, start: [f64; 2]) -> Result<Vec<[f64; 2]>, Box<dyn Error>> {
    let adam = Adam::new(1e-3);
    let (mut at, mut means, mut squares, mut points) = (start, [0.0; 2], [0.0; 2], vec![start]);
    for step in 1..=100_000 {
        let both = gradients(at);
        let rows = [&both[0][..], &both[1][..]];
        let gradients = Gradients::new(&rows, &[0.5, 0.5], &[0.0, 0.0], HeadSet::ALL, SharedParameters::All)?;
        let mut direction = [0.0; 2];
        strategy.combine(&gradients, &mut direction)?;
        adam.update(1e-3, step, &mut at, &direction, [&mut means, &mut squares, &mut []]);
        if step % 1_000 == 0 {
            points.push(at);
        }
    }
    Ok(points)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut strategies: [(&str, &str, Box<dyn Direction<f64>>); 7] = [
        ("mean", "#999999", Box::new(Sum)),
        ("PCGrad", "#e69f00", Box::new(PcGrad::new(1))),
        ("MGDA", "#56b4e9", Box::new(Mgda)),
        ("CAGrad", "#d55e00", Box::new(CaGrad::default())),
        ("IMTL-G", "#cc79a7", Box::new(ImtlG)),
        ("Nash-MTL", "#009e73", Box::new(NashMtl::default())),
        ("UPGrad", "#0072b2", Box::new(UpGrad::default())),
    ];
    let (mut lines, mut legend) = (String::new(), String::new());
    // x from −10 to 10, y from −10 to 10, upwards.
    let (across, down) = (|x: f64| 30.0 * (x + 10.0) + 20.0, |y: f64| 30.0 * (10.0 - y) + 20.0);
    println!("{:10} {:>18} {:>18} {:>18}", "from", "(-8.5, 7.5)", "(-8.5, -5)", "(9, 9)");
    for (number, (name, colour, strategy)) in strategies.iter_mut().enumerate() {
        print!("{name:10}");
        for start in STARTS {
            let points = path(&mut **strategy, start)?;
            let [x, y] = points[points.len() - 1];
            let reached = (-7.05..=7.05).contains(&x) && (-8.45..=-8.35).contains(&y);
            print!(" {:>18}", format!("({x:.2}, {y:.2}){}", if reached { " *" } else { "  " }));
            let points: Vec<String> = points.iter().map(|&[x, y]| format!("{:.1},{:.1}", across(x), down(y))).collect();
            writeln!(lines, r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2"/>"#, points.join(" "))?;
        }
        writeln!(legend, r#"<text x="540" y="{}" fill="{colour}">{name}</text>"#, 40 + 18 * number)?;
        println!();
    }
    println!("* in the Pareto set");
    let pareto = format!(r##"<line x1="{}" y1="{2}" x2="{}" y2="{2}" stroke="#222" stroke-width="5"/>"##, across(-7.0), across(7.0), down(-8.3552));
    let starts: String = STARTS.iter().map(|&[x, y]| format!(r#"<circle cx="{}" cy="{}" r="5"/>"#, across(x), down(y))).collect();
    let frame = r##"<rect width="640" height="640" fill="white"/><rect x="20" y="20" width="600" height="600" fill="none" stroke="#bbb"/>"##;
    let head = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 640" font-family="sans-serif" font-size="14">"#;
    std::fs::write("cagrad_toy.svg", format!("{head}\n{frame}\n{pareto}\n{lines}{starts}\n{legend}</svg>\n"))?;
    Ok(())
}
