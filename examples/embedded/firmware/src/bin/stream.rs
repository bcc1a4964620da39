//! Listens to a sound without an end: the recurrent layers go on by one step for each frame, and the heads say what they make of it.
//!
//! Its weights are those of a test of the library. The sound is a series of numbers, and what is heard after twelve frames is what the model
//! predicts for these twelve.
#![no_std]
#![no_main]

use firmware::{entry, print, print_number};

mtl::multitask! {
    /// How loud a sound is after 12 frames, and what it is.
    struct Sound {
        input frames: [12, 3];
        shared body = frames -> Lstm(16, sequences = true) -> Gru(8);
        head level = body -> Dense(1) { loss: mse }
        head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}
mtl::multitask! {
    /// The heads of `Sound`, to go on from its last state.
    #[independent]
    struct Heads {
        input body: [8];
        head level = body -> Dense(1) { loss: mse }
        head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

static SOUND: Sound = mtl::embed!(Sound, "../../../tests/reference/sound.safetensors");
static HEADS: Heads = mtl::embed!(Heads, "../../../tests/reference/sound.safetensors", part_of = Sound);

entry!(run);

/// A microphone, as far as this program is concerned.
struct Microphone(u8);

impl Microphone {
    /// The next frame.
    fn frame(&mut self) -> [f32; 3] {
        [37, 101, 211].map(|factor| {
            self.0 = self.0.wrapping_mul(5).wrapping_add(factor);
            f32::from(self.0) / 128.0 - 1.0
        })
    }
}

fn run() -> i32 {
    let mut microphone = Microphone(1);
    let mut frames = [[0.0; 3]; 12];
    let (mut lstm, mut gru) = (SOUND.body.lstm1.start(), SOUND.body.gru1.start());
    let mut heard = HEADS.predict(&HeadsInputs { body: [0.0; 8] });
    for to in &mut frames {
        let frame = microphone.frame();
        SOUND.body.lstm1.step(&mut lstm, &frame);
        SOUND.body.gru1.step(&mut gru, &lstm.hidden.into());
        heard = HEADS.predict(&HeadsInputs { body: gru.hidden.into() });
        *to = frame;
    }
    let whole = SOUND.predict(&SoundInputs { frames });
    let difference = (heard.level - whole.level).abs().max((*heard.kind - *whole.kind).amax());
    print(b"kind ");
    print_number(heard.kind.class() as u32);
    print(if difference < 1e-5 { b", as of the whole\n" } else { b", not as of the whole\n" });
    i32::from(difference >= 1e-5)
}
