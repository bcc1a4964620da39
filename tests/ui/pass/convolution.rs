// What must stay legal of convolution and pooling: spellings, windows of every kind, sizes by constants.
use mtl::prelude::*;

const SIDE: usize = 9;
const WINDOW: usize = 3;

// Keras's spellings, windows by rows and columns, an activation in every place.
multitask! {
    struct Keras {
        input image: [28, 28, 1];
        shared body = image
            -> Conv2D(4, relu, kernel_size = [3, 3], strides = [1, 2], padding = valid, use_bias = false, kernel_initializer = he_uniform)
            -> BatchNormalization
            -> MaxPooling2D(pool_size = 2, strides = 2, padding = same)
            -> Convolution2D(4)
            -> gelu
            -> AveragePooling2D
            -> GlobalAveragePooling2D;
        head kind = body -> Dense(3, softmax) { loss: sparse_categorical_crossentropy }
        head size = body -> Dense(1) { loss: mse }
    }
}

// Constants in every place, one window as large as the image, one larger with padding.
multitask! {
    struct OfConstants {
        input image: [SIDE, { SIDE + 1 }, 2];
        shared body = image -> Conv2D({ WINDOW + 1 }, kernel = [WINDOW, 1], stride = WINDOW) -> Conv2D(2, tanh, kernel = { 2 * WINDOW }, padding = same);
        head one = body -> Conv2D(1, kernel = [{ SIDE / 3 }, { (SIDE + 1) / 3 }]) -> Flatten { loss: mse }
        head two = body -> MaxPool2D([3, 4]) -> Flatten -> Dense(2, tanh) { loss: hinge }
    }
}

// Sequences; a layer in two flows; what normalises, drops and joins on images.
multitask! {
    #[independent]
    struct Heard {
        input left: [100, 2];
        input right: [100, 2];
        layer listen = Conv1D(4, silu, kernel = 5, stride = 2) -> LayerNormalization -> MaxPooling1D(3) -> Conv1D(4, kernel = 1);
        head same = (left -> listen, right -> listen) -> Multiply -> GlobalAveragePooling1D -> Dense(1, sigmoid) { loss: binary_crossentropy }
        head gap = (left -> Normalization -> Dropout(0.1), right) -> Maximum -> AveragePooling1D(50, stride = 50) -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {
    let _ = (Keras::<f32>::NAME, OfConstants::<f32>::NAME, Heard::<f32>::NAME);
}
