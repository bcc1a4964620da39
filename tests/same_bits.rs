//! The instruction set decides the bits of a training, and can be chosen: each choice is made in a process of its own.

use std::process::Command;

use mtl::Flat;
use mtl::kernel::{InUse, Instructions, limit_instructions};
use mtl::prelude::*;
use mtl::rand::SeedableRng;
use mtl::rand::rngs::Xoshiro256PlusPlus;

multitask! {
    #[int8]
    struct Pair {
        input x: [9];
        shared body = x -> Normalize -> Dense(37, tanh) -> LayerNorm -> Dense(21, relu);
        head level = body -> Dense(2) { loss: mse }
        head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

fn data() -> Dataset<Pair> {
    Dataset::from_rows((0..150_usize).map(|row| {
        let x: [f32; 9] = core::array::from_fn(|column| ((row * 37 + column * 101) % 113) as f32 / 56.5 - 1.0);
        (PairInputs { x }, PairTargets { level: [x[0] * x[1], x[2]], kind: row % 3 })
    }))
    .unwrap()
}

/// A hash of the parameters after training and of predictions.
fn trained(threads: usize) -> u64 {
    let (mut model, data) = (Pair::boxed(&mut Xoshiro256PlusPlus::seed_from_u64(1)), data());
    mtl::adapt::adapt(&mut model, &data).unwrap();
    Trainer::new(Adam::default()).epochs(2).threads(threads).quiet().fit(&mut *model, &data).unwrap();
    let outputs = model.predict(&PairInputs { x: [0.3; 9] });
    let numbers = model.as_slice().iter().chain(outputs.level.iter()).chain(outputs.kind.iter());
    numbers.fold(0xCBF2_9CE4_8422_2325, |hash, number| (hash ^ u64::from(number.to_bits())).wrapping_mul(0x0100_0000_01B3))
}

/// What a process of its own is to do, and prints.
#[test]
fn in_a_process_of_its_own() {
    let Ok(choice) = std::env::var("SAME_BITS_CHOICE") else { return };
    match choice.as_str() {
        "portable" => limit_instructions(Instructions::Portable).unwrap(),
        "avx2" => limit_instructions(Instructions::Avx2).unwrap(),
        "late" => {
            let before = trained(1);
            let late = limit_instructions(Instructions::Portable);
            assert_eq!(trained(1), before);
            println!("said {}", late == Err(InUse));
            return;
        }
        "twice" => {
            limit_instructions(Instructions::Portable).unwrap();
            trained(1);
            println!("said {:?} {:?}", limit_instructions(Instructions::Portable), limit_instructions(Instructions::Portable));
            return;
        }
        _ => {}
    }
    println!("said {:016x}", trained(if choice == "threads" { 3 } else { 1 }));
}

/// What such a process says, and what it writes on standard error.
fn said(choice: &str, variable: Option<&str>) -> (String, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "in_a_process_of_its_own", "--nocapture"]).env("SAME_BITS_CHOICE", choice).env_remove("MTL_INSTRUCTION_SET");
    if let Some(set) = variable {
        command.env("MTL_INSTRUCTION_SET", set);
    }
    let output = command.output().unwrap();
    let (text, errors) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{text}{errors}");
    let said = text.lines().find_map(|line| line.split_once("said ")).unwrap_or_else(|| panic!("{text}")).1;
    (said.to_owned(), errors)
}

#[test]
fn a_chosen_instruction_set_gives_its_bits_whatever_the_processor_has() {
    let portable = said("portable", None).0;
    assert_eq!(said("", Some("portable")).0, portable, "by the variable");
    assert_eq!(said("threads", Some("portable")).0, portable, "on three threads");
    assert_eq!(said("portable", Some("avx2")).0, portable, "the function has precedence");
    assert_eq!(said("avx2", None).0, said("", Some("avx2")).0);
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") && !cfg!(target_feature = "fma") {
        // What the choice is for.
        assert_ne!(said("avx2", None).0, portable);
    }
}

#[test]
fn it_is_chosen_before_anything_is_computed() {
    let (said_late, _) = said("late", Some("avx2"));
    #[cfg(target_arch = "x86_64")]
    assert_eq!(said_late, std::is_x86_feature_detected!("avx2").to_string());
    #[cfg(not(target_arch = "x86_64"))]
    assert_eq!(said_late, "false");
    assert_eq!(said("twice", None).0, "Ok(()) Ok(())");
}

#[test]
#[cfg(target_arch = "x86_64")]
fn a_misspelt_variable_is_told() {
    let (_, errors) = said("", Some("portabel"));
    assert!(errors.contains("MTL_INSTRUCTION_SET is `portabel`, which is none of `portable`, `avx2`, `avx512`"), "{errors}");
    assert!(!said("", Some("portable")).1.contains("MTL_INSTRUCTION_SET"));
}
