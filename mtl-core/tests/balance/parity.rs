//! Against TorchJD 0.18 (`reference/generate_balance.py`).

use std::collections::BTreeMap;

use mtl_core::balance::{
    AlignedMtl, AlignedScale, CaGrad, ConFig, Direction, DualProjection, FairGrad, GradVac, ImtlG, Mgda, NashMtl, PcGrad, UpGrad,
};

use crate::{assert_close, direction, dot, norm};

#[derive(Debug)]
struct Case {
    matrix: String,
    jacobian: Vec<Vec<f64>>,
    result: BTreeMap<String, Vec<f64>>,
    nash_mtl_weights: Vec<f64>,
}

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn cases() -> Vec<Case> {
    let file: serde_json::Value = serde_json::from_str(include_str!("../reference/balance.json")).unwrap();
    file["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| Case {
            matrix: case["matrix"].as_str().unwrap().to_owned(),
            jacobian: case["jacobian"].as_array().unwrap().iter().map(numbers).collect(),
            result: case["result"].as_object().unwrap().iter().map(|(method, vector)| (method.clone(), numbers(vector))).collect(),
            nash_mtl_weights: numbers(&case["nash_mtl_weights"]),
        })
        .collect()
}

/// Every figure of the file has its strategy, and the strategy gives it: to 1e-6, or to 1e-4 where TorchJD iterates.
#[test]
fn matches_torchjd() {
    let mut compared = 0;
    for case in cases() {
        for (method, expected) in &case.result {
            let (mut strategy, tolerance): (Box<dyn Direction<f64>>, f64) = match method.as_str() {
                "mgda" => (Box::new(Mgda), 1e-4),
                "upgrad" => (Box::new(UpGrad::default()), 1e-6),
                "dual_proj" => (Box::new(DualProjection::default()), 1e-6),
                "imtl_g" => (Box::new(ImtlG), 1e-6),
                "aligned_mtl" => (Box::new(AlignedMtl::default()), 1e-6),
                "aligned_mtl(median)" => (Box::new(AlignedMtl::new(AlignedScale::Median)), 1e-6),
                "cagrad(c=0.5)" => (Box::new(CaGrad::new(0.5)), 1e-4),
                "cagrad(c=0.9)" => (Box::new(CaGrad::new(0.9)), 1e-4),
                "fair_grad(alpha=1)" => (Box::new(FairGrad::new(1.0)), 1e-4),
                "fair_grad(alpha=2)" => (Box::new(FairGrad::new(2.0)), 1e-4),
                "config" => (Box::new(ConFig), 1e-6),
                "pcgrad" => (Box::new(PcGrad::new(1)), 1e-6),
                "grad_vac(first step)" => (Box::new(GradVac::new(1)), 1e-6),
                other => panic!("no strategy for {other}"),
            };
            let found = direction(&mut *strategy, &case.jacobian);
            let tolerance = tolerance.max(distance_from_optimum(method, &case.jacobian, expected, &found));
            assert_close(&found, expected, tolerance, &format!("{method} on {}", case.matrix));
            compared += 1;
        }
    }
    assert_eq!(compared, 3 * 13 + 3 * 11);
}

/// How far, relative to its length, a figure of TorchJD's iterative methods may be from the optimum, by its own optimality gap; the strategy's result
/// must not be worse. It exceeds 1e-4 for two figures: MGDA on `seven_correlated` (Frank-Wolfe stopped at a squared norm of 0.05615, where 0.05611 is
/// possible) and CAGrad with c = 0.9 on `four_random` (the worst-off task's improvement is 6.3472, where 6.3488 is possible).
fn distance_from_optimum(method: &str, rows: &[Vec<f64>], expected: &[f64], found: &[f64]) -> f64 {
    let worst = |vector: &[f64]| rows.iter().map(|row| dot(row, vector)).fold(f64::INFINITY, f64::min);
    match method {
        // For a v in the hull ‖v − v*‖² ≤ ‖v‖² − min gᵢ·v.
        "mgda" => {
            assert!(norm(found) <= norm(expected) * (1.0 + 1e-12), "a longer vector than TorchJD's");
            (dot(expected, expected) - worst(expected)).max(0.0).sqrt() / norm(expected)
        }
        // For d on a ball's surface around ḡ with radius r, min gᵢ·d ≤ g_w·d = min gᵢ·d* − ‖g_w‖‖d − d*‖²/2r; with d* − ḡ along g_w: ‖g_w‖ r = min gᵢ·d* − g_w·ḡ.
        "cagrad(c=0.5)" | "cagrad(c=0.9)" => {
            let c = if method.contains("0.5") { 0.5 } else { 0.9 };
            let mean: Vec<f64> = (0..found.len()).map(|k| rows.iter().map(|row| row[k]).sum::<f64>() / rows.len() as f64).collect();
            let offset: Vec<f64> = found.iter().zip(&mean).map(|(value, mean)| value - mean).collect();
            let radius = c * norm(&mean);
            assert!((norm(&offset) / radius - 1.0).abs() < 1e-9, "the offset from the mean is not of length c‖ḡ‖");
            assert!(worst(found) >= worst(expected) - 1e-9 * norm(expected), "a worst-off task that is worse off than TorchJD's");
            // g_w = ‖g_w‖ u with u the offset's direction: min gᵢ·d* = ‖g_w‖ (u·ḡ + r).
            let hull_norm = worst(found) / (dot(&offset, &mean) / radius + radius);
            (2.0 * radius * (worst(found) - worst(expected)).max(0.0) / hull_norm).sqrt() / norm(expected)
        }
        _ => 0.0,
    }
}

/// Nash-MTL by its definition, to 1e-6, without the cap; with it, the result is the unit vector of the same direction.
#[test]
fn nash_mtl_matches_its_definition() {
    for case in cases() {
        let mut expected = vec![0.0; case.jacobian[0].len()];
        for (row, weight) in case.jacobian.iter().zip(&case.nash_mtl_weights) {
            for (sum, value) in expected.iter_mut().zip(row) {
                *sum += weight * value;
            }
        }
        let uncapped = direction(&mut NashMtl::with_largest_norm(f64::INFINITY), &case.jacobian);
        assert_close(&uncapped, &expected, 1e-6, &case.matrix);
        let norm = norm(&expected);
        expected.iter_mut().for_each(|value| *value /= norm);
        assert_close(&direction(&mut NashMtl::default(), &case.jacobian), &expected, 1e-6, &case.matrix);
    }
}
