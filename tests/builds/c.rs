//! `examples/c` is built, and called from C and from C++; its header is the one that the library writes.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, str};

use crate::embed::digits;

/// Every kind of field.
mod care {
    mtl::multitask! {
        pub struct Care {
            input person: { age, school?, long };
            input region: one_of { North = "north-west", South, unknown };
            input kind: class(3);
            input image: [2, 3, 1];
            let all = (person -> Impute, region -> OneHot, kind -> OneHot, image -> Flatten) -> Concat;
            shared body = all -> Dense(4, tanh);
            head visits = body -> Dense(1) { loss: mse }
            head health = body -> Dense(2, softmax) { loss: categorical_cross_entropy, classes: { Poor, Good } }
            head double = body -> Dense(3) { loss: mse }
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a program, and gives what it prints.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}\n{}", str::from_utf8(&output.stderr).unwrap());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_library_of_c_predicts_as_the_model_does() {
    let header = mtl::c::header::<digits::Digits>("digits");
    let path = root().join("examples/c/digits.h");
    if env::var_os("MTL_WRITE_PAGES").is_some() {
        fs::write(&path, &header).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), header, "MTL_WRITE_PAGES=1 writes the header anew");

    let target = root().join("target/tmp/c");
    let mut cargo = Command::new(env!("CARGO"));
    run(cargo
        .args(["build", "--release", "--quiet"])
        .current_dir(root().join("examples/c"))
        .env("CARGO_TARGET_DIR", &target)
        .env_remove("RUSTFLAGS"));
    let library = target.join("release/libdigits.a");

    let model = mtl::weights::load::<digits::Digits>(root().join("examples/embedded/weights/digits.safetensors")).unwrap();
    let image = "..9GG9...9G99GG.......G.....9GG....9GG........G9.9..9GG...GGG9..".chars().map(|pixel| {
        if pixel == 'G' {
            1.0
        } else if pixel == '9' {
            0.5
        } else {
            0.0
        }
    });
    let outputs = model.predict(&digits::DigitsInputs { image: image.collect::<Vec<f32>>().try_into().unwrap() });
    for (compiler, standard) in [("cc", "-std=c11"), ("c++", "-std=c++11")] {
        let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("digits_{compiler}"));
        let mut command = Command::new(compiler);
        command.args([standard, "-Wall", "-Wextra", "-Werror"]);
        if compiler == "c++" {
            command.args(["-x", "c++"]);
        }
        command.arg(root().join("examples/c/main.c")).args(["-x", "none"]).arg(&library).arg("-lm").arg("-o").arg(&program);
        run(&mut command);
        let printed = run(&mut Command::new(&program));
        let expected =
            format!("{} {:.6} {:.6} {:.6}\n1 1\n", outputs.digit.class(), outputs.digit.probability(outputs.digit.class()), outputs.odd, outputs.odd);
        assert_eq!(printed, expected);
        assert_eq!(outputs.digit.class(), 3);
    }
}

static MODEL: care::Care = {
    // Every bit zero: what is never adapted is another matter, which C does not see.
    mtl::flat::zeroed()
};

mtl::c_api! {
    MODEL: care::Care;
    care_predict;
    care_predict_health = health;
}

#[test]
fn every_kind_of_field_comes_as_c_has_it() {
    let class = |number: u32| f32::from_bits(number);
    let inputs = mtl::c::Inputs::new([30.0, f32::NAN, 1.0, class(2), class(1), 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
    let mut outputs = mtl::c::Outputs::ZERO;
    care_predict(&inputs, &mut outputs);
    assert_eq!(outputs.numbers(), &[0.0, 0.5, 0.5, 0.0, 0.0, 0.0]);
    let mut health = mtl::c::Outputs::ZERO;
    care_predict_health(&inputs, &mut health);
    assert_eq!(health.numbers(), &[0.5, 0.5]);
    // A class that there is not.
    let inputs = mtl::c::Inputs::new([30.0, f32::NAN, 1.0, class(u32::MAX), class(1), 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
    care_predict(&inputs, &mut outputs);
    assert!(outputs.numbers().iter().all(|number| number.is_nan()));
}

#[test]
fn the_header_names_fields_categories_and_sizes() {
    let header = mtl::c::header::<care::Care>("care");
    for line in [
        "enum care_region {\n    CARE_REGION_NORTH_WEST = 0,\n    CARE_REGION_SOUTH = 1,\n    CARE_REGION_UNKNOWN = 2,\n};\n",
        "enum care_health {\n    CARE_HEALTH_POOR = 0,\n    CARE_HEALTH_GOOD = 1,\n};\n",
        "    struct { float age; float school; /* or NAN */ float long_; } person;\n    int32_t region; /* enum care_region */\n    int32_t kind; /* below 3 */\n    float image[2][3][1];\n",
        "    float visits;\n    float health[2];\n    float double_[3];\n",
        "CARE_ASSERT(sizeof(struct care_inputs) == 44, ",
        "CARE_ASSERT(sizeof(struct care_outputs) == 24, ",
        "void care_predict_health(const struct care_inputs *inputs, float health[2]);\n",
    ] {
        assert!(header.contains(line), "{line}\n{header}");
    }
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("care.h");
    fs::write(&file, header).unwrap();
    run(Command::new("cc").args(["-std=c11", "-Wall", "-Werror", "-fsyntax-only", "-x", "c"]).arg(&file));
    run(Command::new("c++").args(["-std=c++11", "-Wall", "-Werror", "-fsyntax-only", "-x", "c++"]).arg(&file));
}
