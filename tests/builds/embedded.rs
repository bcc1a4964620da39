//! The programs of `examples/embedded`: they run without the C library, and their sections stay within bounds.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, str};

/// The model of the program `strings`, as a program with the standard library has it.
#[path = "../../examples/embedded/model/src/care.rs"]
mod care;

/// The sections and symbols of a program.
struct Program {
    bytes: Vec<u8>,
}

impl Program {
    fn number<const SIZE: usize>(&self, at: usize) -> usize {
        self.bytes[at..at + SIZE].iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte))
    }

    /// The text that begins at a place and ends in a zero.
    fn text(&self, at: usize) -> &str {
        let length = self.bytes[at..].iter().position(|&byte| byte == 0).unwrap();
        str::from_utf8(&self.bytes[at..at + length]).unwrap()
    }

    /// Where the header of a section is (ELF, 64 bits, little-endian).
    fn section_header(&self, number: usize) -> usize {
        self.number::<8>(0x28) + number * self.number::<2>(0x3A)
    }

    /// Name and header of each section.
    fn sections(&self) -> impl Iterator<Item = (&str, usize)> {
        let names = self.number::<8>(self.section_header(self.number::<2>(0x3E)) + 24);
        (0..self.number::<2>(0x3C)).map(move |number| {
            let header = self.section_header(number);
            (self.text(names + self.number::<4>(header)), header)
        })
    }

    /// The size of a section; 0 where there is none.
    fn size(&self, section: &str) -> usize {
        self.sections().find(|(name, _)| *name == section).map_or(0, |(_, header)| self.number::<8>(header + 32))
    }

    /// Name, section and size of each symbol.
    fn symbols(&self) -> Vec<(&str, &str, usize)> {
        const SYMBOL: usize = 24;
        let Some((_, table)) = self.sections().find(|(name, _)| *name == ".symtab") else { return Vec::new() };
        let names = self.number::<8>(self.section_header(self.number::<4>(table + 40)) + 24);
        let start = self.number::<8>(table + 24);
        let places = (start..start + self.number::<8>(table + 32)).step_by(SYMBOL);
        let sections: Vec<&str> = self.sections().map(|(name, _)| name).collect();
        places
            .map(|at| {
                let section = sections.get(self.number::<2>(at + 6)).copied().unwrap_or_default();
                (self.text(names + self.number::<4>(at)), section, self.number::<8>(at + 16))
            })
            .collect()
    }

    /// Section and size of the symbol with this in its (mangled) name.
    fn symbol(&self, part: &str) -> (&str, usize) {
        let found = self.symbols().into_iter().find(|(name, ..)| name.contains(part));
        found.map(|(_, section, size)| (section, size)).unwrap_or_else(|| panic!("no symbol has `{part}` in its name"))
    }

    fn all_sections(&self) -> Vec<(&str, usize)> {
        self.sections().map(|(name, header)| (name, self.number::<8>(header + 32))).filter(|&(_, size)| size > 0).collect()
    }
}

/// Builds programs; returns their directory.
fn build_in(directory: &str, level: &str, programs: &[&str]) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(directory);
    let output = Command::new(env!("CARGO"))
        .args(["build", "--profile", "firmware", "--package", "firmware", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/embedded/Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .args(programs.iter().flat_map(|program| ["--bin", program]))
        .env_remove("RUSTFLAGS")
        .env("CARGO_PROFILE_FIRMWARE_OPT_LEVEL", level)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    target.join("firmware")
}

/// The directory of the programs, which are built once.
fn build() -> &'static Path {
    static BUILT: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    BUILT.get_or_init(|| build_in("embedded", "3", &[]))
}

/// Runs a program; returns it with what it wrote.
fn run(name: &str) -> (Program, String) {
    run_in(build(), name)
}

fn run_in(directory: &Path, name: &str) -> (Program, String) {
    let path = directory.join(name);
    let output = Command::new(&path).env_clear().output().unwrap();
    assert!(output.status.success(), "{name} ended with {:?}", output.status);
    let program = Program { bytes: fs::read(&path).unwrap() };
    println!("{name}: {:?}", program.all_sections());
    (program, String::from_utf8(output.stdout).unwrap())
}

/// The numbers before each `%`.
fn percentages(text: &str) -> Vec<f64> {
    text.split_whitespace()
        .zip(text.split_whitespace().skip(1))
        .filter(|(_, next)| next.starts_with('%'))
        .map(|(number, _)| number.parse().unwrap())
        .collect()
}

#[test]
fn the_firmware_reads_the_test_split() {
    let (program, text) = run("firmware");
    assert!(text.starts_with("360 digits: "), "{text}");
    let [digits, odd] = percentages(&text)[..] else { panic!("{text}") };
    assert!(digits > 96.0 && odd > 98.0, "{text}");
    // The weights are used where they are: read-only, and not twice.
    assert_eq!(program.symbol("5MODEL"), (".rodata", 4 * 5563));
    assert!(program.size(".rodata") < 4 * 5563 + 360 * 65 + 512, "{:?}", program.all_sections());
    assert_eq!(program.size(".data") + program.size(".bss"), 0);
}

#[test]
fn nothing_is_in_a_program_that_a_device_lacks() {
    for name in ["firmware", "one_head", "fine_tune", "seed_size", "int8", "seed_int8", "stack", "strings", "ticks", "budget", "stream"] {
        let (program, _) = run(name);
        for section in [".eh_frame", ".eh_frame_hdr", ".gcc_except_table", ".dynamic", ".interp", ".init_array", ".tdata", ".tbss"] {
            assert_eq!(program.size(section), 0, "{section} of {name}");
        }
        for (symbol, ..) in program.symbols() {
            for absent in ["alloc", "unwind", "Unwind", "eh_personality", "flt2dec", "float_to_decimal", "3fmt", "pthread", "libc", "malloc"] {
                assert!(!symbol.contains(absent), "`{symbol}` is in {name}");
            }
        }
    }
}

#[test]
fn code_beside_the_weights_of_the_seed_model_is_below_four_and_a_half_kib() {
    let (program, _) = run("seed_size");
    assert_eq!(program.symbol("5MODEL"), (".rodata", 4 * 7932));
    let beside = program.size(".text") + program.size(".rodata") - 4 * 7932;
    assert!(beside < 4608, "{beside} bytes");
    // Nothing in it can panic.
    assert!(program.symbols().iter().all(|(name, ..)| !name.contains("panic")), "{:?}", program.symbols());
}

#[test]
fn one_head_comes_without_the_weights_and_the_code_of_the_other() {
    let ((part, text), (whole, whole_text)) = (run("one_head"), run("firmware"));
    assert_eq!(percentages(&text), percentages(&whole_text)[..1]);
    assert_eq!(part.symbol("5MODEL"), (".rodata", 4 * (5563 - 528 - 17)));
    assert!(part.size(".text") < whole.size(".text"));
}

#[test]
fn a_head_learns_on_the_device_and_its_trunk_stays_read_only() {
    let (program, text) = run("fine_tune");
    let [before, after] = percentages(&text)[..] else { panic!("{text}") };
    assert!(after > before + 1.0, "{text}");
    assert_eq!(program.symbol("5TRUNK"), (".rodata", 4 * (3120 + 1568)));
    assert_eq!(program.symbol("6READER"), (".data", 4 * 330));
    assert_eq!(program.symbol("7STEPPER").0, ".bss");
    // A gradient and two slots of the size of the head, and a tile of eight samples.
    assert!(program.size(".bss") < 3 * 4 * 330 + 2048, "{:?}", program.all_sections());
    assert!(program.size(".text") < 20 * 1024, "{:?}", program.all_sections());
}

#[test]
fn the_firmware_in_eight_bits_reads_as_well() {
    let ((program, text), (float, float_text)) = (run("int8"), run("firmware"));
    assert!(text.starts_with("360 digits: "), "{text}");
    let (after, before) = (percentages(&text), percentages(&float_text));
    assert!(before.iter().zip(&after).all(|(before, after)| before - after <= 0.5), "{float_text}{text}");
    let (section, size) = program.symbol("5MODEL");
    assert_eq!(section, ".rodata");
    assert!(10 * size < 3 * float.symbol("5MODEL").1, "{size} bytes");
    assert_eq!(program.size(".data") + program.size(".bss"), 0);
    let all = |program: &Program| program.size(".text") + program.size(".rodata");
    assert!(2 * (all(&program) - 360 * 65) < all(&float) - 360 * 65, "{:?}", program.all_sections());
}

#[test]
fn code_beside_the_weights_of_the_seed_model_in_eight_bits_is_below_eight_kib() {
    let (program, _) = run("seed_int8");
    let beside = program.size(".text") + program.size(".rodata") - program.symbol("5MODEL").1;
    assert!(beside < 8 * 1024, "{beside} bytes");
    assert!(program.symbols().iter().all(|(name, ..)| !name.contains("panic")), "{:?}", program.symbols());
}

#[test]
fn a_row_of_strings_gives_the_same_bits_with_and_without_the_standard_library() {
    use std::fmt::Write as _;

    // The program has the portable instruction set. A process chooses one set once, and other tests of this one may have chosen another.
    if env::var_os("MTL_INSTRUCTION_SET").is_none_or(|set| set != "portable") {
        let output = Command::new(env::current_exe().unwrap())
            .args(["embedded::a_row_of_strings_gives_the_same_bits_with_and_without_the_standard_library", "--exact"])
            .env("MTL_INSTRUCTION_SET", "portable")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let (_, text) = run("strings");
    let mut model = mtl::flat::zeroed_box::<care::Care>();
    care::set(&mut model);
    let mut expected = String::new();
    for cells in care::CELLS {
        match care::CareInputs::from_fields(&care::COLUMNS, &cells) {
            Ok(inputs) => {
                let outputs = model.predict(&inputs);
                assert!(outputs.visits.is_finite() && outputs.health[2].is_finite());
                writeln!(expected, "{} {}", outputs.visits.to_bits(), outputs.health[2].to_bits()).unwrap();
            }
            Err(error) => writeln!(expected, "{}", error.cell.unwrap().as_str()).unwrap(),
        }
    }
    assert_eq!(text, expected);
    assert!(text.ends_with("eight\n"), "{text}");
}

/// With every step, activation and loss, in random models, in both forms: a model says at least what a prediction takes, and not much more.
#[track_caller]
fn predictions_take_what_their_models_say(text: &str) {
    let mut forms = 0;
    for line in text.lines() {
        let [model, form, method, "declared", declared, "taken", taken] = line.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{line}") };
        let (declared, taken): (usize, usize) = (declared.parse().unwrap(), taken.parse().unwrap());
        assert!(taken <= declared, "{line}");
        // One head may take less: what a model says is of all.
        assert!(method != "predict" || declared - taken <= 320, "{line}");
        forms += usize::from(model.starts_with("Device") && form == "int8");
    }
    assert!(forms >= 12, "{text}");
}

/// Nothing in a prediction can panic, nor in a step of a stream.
#[track_caller]
fn nothing_can_panic(program: &Program) {
    for (symbol, ..) in program.symbols() {
        for word in ["panic", "_fail", "unwrap", "expect"] {
            assert!(!symbol.contains(word), "`{symbol}`");
        }
    }
}

#[test]
fn every_word_of_the_language_keeps_to_its_stack_and_cannot_panic() {
    let (program, text) = run("budget");
    predictions_take_what_their_models_say(&text);
    nothing_can_panic(&program);
}

#[test]
fn so_does_it_where_code_is_to_be_small() {
    let (program, text) = run_in(&build_in("embedded-small", "s", &["budget"]), "budget");
    predictions_take_what_their_models_say(&text);
    nothing_can_panic(&program);
}

/// The model of `seed_size`, whose row of inputs the program does not hold on the stack.
#[test]
fn the_stack_is_as_deep_as_the_model_says() {
    let (_, text) = run("stack");
    let of = |name: &str| -> usize { text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()).unwrap() };
    let (declared, predict, int8, step) = (of("declared"), of("predict"), of("int8"), of("step"));
    println!("{text}");
    assert!(predict <= declared && declared - predict <= 320 + size_of::<[f32; 16]>(), "{text}");
    let declared = of("int8_declared");
    assert!(int8 <= declared && declared - int8 <= 320 + size_of::<[f32; 16]>(), "{text}");
    assert!(step < 4096, "{text}");
}
