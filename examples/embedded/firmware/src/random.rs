//! Random models, written by the test `declared_models_of_devices_are_these` of `mtl-macros`; not by hand.

mtl::multitask! {
    #[int8]
    pub struct Device0 {
        input x0: [13];
        input kind: class(3);
        let place = kind -> Embedding(5);
        input picture: [19, 5, 10];
        let seen = picture -> Conv2D(6, sigmoid, kernel = [1, 3], stride = 2, padding = same) -> BatchNorm -> GlobalAveragePool;
        input sound: [37, 1];
        let heard = sound -> Conv1D(5, tanh, padding = same) -> MaxPool1D(2) -> Gru(3, sequences = true) -> Lstm(26);
        let v0 = place -> BatchNorm -> Dense(26, softplus, bias = false) -> Dense(30, mish) -> Dense(24, softplus);
        let v1 = x0 -> GaussianNoise(0.1) -> Dense(4, sigmoid);
        let v2 = (v0, v1 -> Dense(4, tanh)) -> Concat -> BatchNorm -> Dense(30, gelu, l2 = 0.01) -> LayerNorm -> Dense(15, mish);
        shared all = (seen, heard, v2) -> Concat -> Dense(6, tanh);
        head h0 = all -> Dense(4, softmax) { loss: categorical_cross_entropy, weight: 0.9 }
        head h1 = all -> Dense(2, sigmoid) { loss: binary_cross_entropy, weight: 0.5, labels: partial }
    }
}

mtl::multitask! {
    #[int8]
    pub struct Device1 {
        input x0: [16];
        input x1: [10];
        input x2: [13];
        input picture: [11, 10, 12];
        let seen = picture -> Conv2D(8, gelu, kernel = [1, 2], stride = 2, padding = valid) -> LayerNorm -> Flatten;
        layer again = Dense(5, linear);
        let v0 = (x0, x2 -> Dense(13, tanh)) -> Concat -> Dense(21, softplus, bias = false) -> Dropout(0.1) -> Dense(6, gelu) -> Dense(5) -> again;
        let v1 = (v0, seen -> Dense(240, tanh)) -> Concat -> Dense(20, softplus) -> LayerNorm -> Dense(13, silu, l2 = 0.01) -> Dense(9, gelu) -> Dense(5) -> again;
        let v2 = (x1, v0 -> Dense(5, tanh)) -> Concat -> LayerNorm -> BatchNorm -> Dense(25, linear) -> Dense(21, sigmoid);
        let v3 = (v2, v1 -> Dense(21)) -> Average -> Dense(18, silu) -> Dense(9, silu, l2 = 0.01) -> Dense(20, silu);
        let v4 = (v3, v2 -> Dense(20)) -> Average -> Dropout(0.1) -> BatchNorm -> LayerNorm -> Dense(17, softplus);
        let v5 = (x0, v4 -> Dense(16)) -> Average -> Dropout(0.1) -> GaussianNoise(0.1) -> Dense(9, tanh, l2 = 0.01) -> Dense(11, softplus);
        shared all = v5 -> Dense(3, tanh);
        head h0 = all -> Dense(1) { loss: log_cosh, weight: 0.4 }
        head h1 = all -> Dense(4, softmax) { loss: categorical_cross_entropy, weight: 0.3, labels: partial }
        head h2 = all -> Dense(3) { loss: mse, weight: 0.1, labels: partial }
    }
}

mtl::multitask! {
    #[int8]
    pub struct Device2 {
        input x0: [23];
        input x1: [16];
        input x2: [16];
        input picture: [14, 13, 8];
        let seen = picture -> Conv2D(12, linear, kernel = [3, 3], stride = 1, padding = same) -> Flatten;
        layer again = Dense(3, silu);
        let v0 = (x0, x2 -> Dense(23)) -> Multiply -> GaussianNoise(0.1) -> Dense(25, sigmoid, bias = false) -> Dense(2, silu) -> Dense(3) -> again;
        let v1 = v0 -> GaussianNoise(0.1) -> LayerNorm -> Dense(12, mish) -> Dense(3) -> again;
        let v2 = (seen, v1 -> Dense(3, tanh)) -> Concat -> Dropout(0.1) -> Dense(7, silu);
        let v3 = v1 -> LayerNorm -> Dense(2, linear) -> Dense(29, silu) -> Dense(14, linear);
        let v4 = (v2, x1 -> Dense(7)) -> Average -> LayerNorm -> LayerNorm -> GaussianNoise(0.1) -> Dense(3, linear);
        shared all = (v3, v4) -> Concat -> Dense(4, tanh);
        head h0 = all -> Dense(1) { loss: mse, weight: 0.2, labels: partial }
        head h1 = all -> Dense(4, softmax) { loss: categorical_cross_entropy, weight: 0.7, labels: partial }
    }
}

mtl::multitask! {
    #[int8]
    pub struct Device3 {
        input x0: [25];
        input kind: class(4);
        let place = kind -> Embedding(2);
        input picture: [19, 18, 9];
        let seen = picture -> Conv2D(3, tanh, kernel = [3, 1], stride = 2, padding = valid) -> AveragePool2D(2, padding = same) -> GlobalAveragePool;
        input sound: [34, 3];
        let heard = sound -> Gru(12);
        let v0 = (place, seen -> Dense(2)) -> Average -> GaussianNoise(0.1) -> Dropout(0.1) -> Dense(30, softplus) -> Dense(10, tanh);
        let v1 = seen -> LayerNorm -> LayerNorm -> LayerNorm -> Dense(17, gelu);
        let v2 = (v1, v1 -> Dense(17, tanh)) -> Concat -> Dropout(0.1) -> Dense(3, silu) -> Dense(15, sigmoid);
        let v3 = (x0, heard -> Dense(12, tanh)) -> Concat -> GaussianNoise(0.1) -> Dense(8, mish) -> Dense(20, tanh);
        shared all = (v0, v2, v3) -> Concat -> Dense(4, tanh);
        head h0 = all -> Dense(1, softplus) { loss: poisson, weight: 0.9, labels: partial }
        head h1 = all -> Dense(1, sigmoid) { loss: binary_cross_entropy, weight: 0.5, labels: partial }
    }
}

mtl::multitask! {
    #[int8]
    pub struct Device4 {
        input x0: [14];
        input x1: [24];
        let v0 = (x0, x1 -> Dense(14)) -> Add -> LayerNorm -> Dense(13, silu);
        let v1 = x1 -> BatchNorm -> Dense(6, mish) -> Dense(23, sigmoid);
        let v2 = (x0, v0 -> Dense(13, tanh)) -> Concat -> Dense(23, gelu, l2 = 0.01) -> Dense(4, mish);
        let v3 = (v1, v2 -> Dense(23)) -> Add -> GaussianNoise(0.1) -> BatchNorm -> Dense(20, mish);
        let v4 = (v1, x0 -> Dense(23)) -> Multiply -> GaussianNoise(0.1) -> GaussianNoise(0.1) -> Dense(6, softplus);
        shared all = (v3, v4) -> Concat -> Dense(4, tanh);
        head h0 = all -> Dense(3) { loss: mse, weight: 0.5 }
        head h1 = all -> Dense(3, sigmoid) { loss: binary_cross_entropy, weight: 0.9, labels: partial }
    }
}

mtl::multitask! {
    #[int8]
    pub struct Device5 {
        input x0: [13];
        input kind: class(5);
        let place = kind -> Embedding(3);
        input picture: [6, 3, 11];
        let seen = picture -> Conv2D(2, silu, kernel = [3, 1], stride = 1, padding = valid) -> AveragePool2D(2, padding = same) -> GlobalAveragePool;
        layer again = Dense(5, mish) -> BatchNorm;
        let v0 = (x0, place -> Dense(3, tanh)) -> Concat -> Dropout(0.1) -> LayerNorm -> Dense(14, linear) -> Dense(5) -> again;
        let v1 = (v0, seen -> Dense(2, tanh)) -> Concat -> GaussianNoise(0.1) -> Dense(13, mish) -> Dense(5) -> again;
        let v2 = (place, x0 -> Dense(3)) -> Average -> Dense(27, gelu, l2 = 0.01) -> GaussianNoise(0.1) -> Dense(2, silu);
        let v3 = v1 -> LayerNorm -> Dense(8, linear) -> Dense(23, mish);
        shared all = (v2, v3) -> Concat -> Dense(3, tanh);
        head h0 = all -> Dense(1) { loss: log_cosh, weight: 0.4, labels: partial }
        head h1 = all -> Dense(4, softmax) { loss: categorical_cross_entropy, weight: 0.6 }
        head h2 = all -> Dense(3, sigmoid) { loss: binary_cross_entropy, weight: 0.1, labels: partial }
    }
}

mtl::multitask! {
    #[int8]
    pub struct Device6 {
        input x0: [15];
        input x1: [7];
        input picture: [9, 8, 9];
        let seen = picture -> Conv2D(5, sigmoid, kernel = [2, 3], stride = 1, padding = valid) -> AveragePool2D(2, padding = same) -> GlobalAveragePool;
        layer again = Dense(5, tanh) -> BatchNorm;
        let v0 = (x0, x0 -> Dense(15, tanh)) -> Concat -> Dense(6, linear) -> LayerNorm -> Dense(2, mish) -> Dense(5) -> again;
        let v1 = (v0, seen -> Dense(5)) -> Add -> Dropout(0.1) -> Dropout(0.1) -> Dense(16, silu, l2 = 0.01) -> Dense(20, gelu) -> Dense(5) -> again;
        let v2 = v0 -> GaussianNoise(0.1) -> Dense(8, tanh);
        shared all = (x1, v1, v2) -> Concat -> Dense(4, tanh);
        head h0 = all -> Dense(1) { loss: mse, weight: 0.6, labels: partial }
        head h1 = all -> Dense(2, sigmoid) { loss: binary_cross_entropy, weight: 0.9 }
        head h2 = all -> Dense(2) { loss: mse, weight: 0.5, labels: partial }
    }
}

mtl::multitask! {
    #[int8]
    pub struct Device7 {
        input x0: [16];
        input x1: [22];
        input kind: class(4);
        let place = kind -> Embedding(4);
        input picture: [7, 9, 7];
        let seen = picture -> Conv2D(9, sigmoid, kernel = [2, 2], stride = 1, padding = valid) -> LayerNorm -> Flatten;
        input sound: [33, 5];
        let heard = sound -> Gru(7);
        layer again = Dense(5, sigmoid) -> BatchNorm;
        let v0 = (place, x0 -> Dense(16, tanh)) -> Concat -> LayerNorm -> Dense(16, linear) -> Dense(4) -> again;
        let v1 = (x1, v0 -> Dense(5, tanh)) -> Concat -> GaussianNoise(0.1) -> Dense(10, softplus) -> Dense(4) -> again;
        let v2 = v1 -> GaussianNoise(0.1) -> Dense(23, softplus);
        let v3 = (seen, v2 -> Dense(432)) -> Multiply -> Dropout(0.1) -> Dense(2, linear);
        shared all = (heard, v3) -> Concat -> Dense(5, tanh);
        head h0 = all -> Dense(3) { loss: log_cosh, weight: 0.5 }
        head h1 = all -> Dense(2, softplus) { loss: poisson, weight: 0.6, labels: partial }
        head h2 = all -> Dense(3, sigmoid) { loss: binary_cross_entropy, weight: 0.8 }
    }
}

mtl::multitask! {
    #[int8]
    pub struct Device8 {
        input x0: [15];
        input kind: class(4);
        let place = kind -> Embedding(3);
        input picture: [13, 20, 3];
        let seen = picture -> Conv2D(6, tanh, kernel = [3, 3], stride = 2, padding = valid) -> AveragePool2D(2, padding = same) -> GlobalAveragePool;
        input sound: [34, 9];
        let heard = sound -> Conv1D(7, relu, kernel = 4) -> Lstm(6, sequences = true) -> Gru(29, bias = false);
        layer again = Dense(3, linear) -> Dropout(0.2);
        let v0 = heard -> LayerNorm -> Dense(25, softplus) -> Dense(4) -> again;
        let v1 = (x0, v0 -> Dense(15)) -> Add -> Dense(30, gelu) -> Dense(22, silu, bias = false) -> Dense(12, silu, l2 = 0.01) -> Dense(10, gelu) -> Dense(4) -> again;
        let v2 = (seen, v1 -> Dense(6)) -> Multiply -> Dropout(0.1) -> Dense(24, gelu);
        let v3 = heard -> GaussianNoise(0.1) -> Dropout(0.1) -> Dense(25, linear);
        shared all = (place, v2, v3) -> Concat -> Dense(5, tanh);
        head h0 = all -> Dense(2) { loss: mse, weight: 0.6 }
        head h1 = all -> Dense(2) { loss: log_cosh, weight: 0.4, labels: partial }
    }
}

mtl::multitask! {
    #[int8]
    pub struct Device9 {
        input x0: [25];
        input picture: [20, 17, 1];
        let seen = picture -> Conv2D(9, mish, kernel = [2, 3], stride = 2, padding = same) -> BatchNorm -> Flatten;
        input sound: [31, 3];
        let heard = sound -> Conv1D(10, relu, kernel = 5) -> Lstm(6, sequences = true) -> Gru(22, bias = false);
        layer again = Dense(4, gelu);
        let v0 = heard -> LayerNorm -> Dense(3, softplus) -> Dense(20, silu) -> Dense(3) -> again;
        let v1 = (seen, x0 -> Dense(810)) -> Average -> GaussianNoise(0.1) -> BatchNorm -> Dense(3, softplus) -> Dense(3) -> again;
        let v2 = (v0, v0 -> Dense(4)) -> Average -> Dropout(0.1) -> GaussianNoise(0.1) -> Dense(7, sigmoid, l2 = 0.01) -> Dense(24, silu);
        let v3 = (v1, v2 -> Dense(4)) -> Average -> Dense(23, mish, bias = false) -> LayerNorm -> Dense(6, linear) -> Dense(6, tanh);
        shared all = v3 -> Dense(3, tanh);
        head h0 = all -> Dense(2, softplus) { loss: poisson, weight: 0.7 }
        head h1 = all -> Dense(2) { loss: mse, weight: 0.9, labels: partial }
    }
}

mtl::multitask! {
    #[int8]
    pub struct Device10 {
        input x0: [23];
        input x1: [12];
        input kind: class(2);
        let place = kind -> Embedding(4);
        input picture: [18, 5, 3];
        let seen = picture -> Conv2D(6, linear, kernel = [2, 1], stride = 2, padding = same) -> AveragePool2D(2, padding = same) -> GlobalAveragePool;
        let v0 = (seen, place -> Dense(4, tanh)) -> Concat -> Dense(9, sigmoid, bias = false) -> Dense(20, silu);
        let v1 = (x1, v0 -> Dense(12)) -> Average -> Dense(7, sigmoid, bias = false) -> LayerNorm -> BatchNorm -> Dense(24, softplus);
        let v2 = (v1, x0 -> Dense(24)) -> Multiply -> LayerNorm -> LayerNorm -> BatchNorm -> Dense(5, gelu);
        let v3 = (v2, seen -> Dense(6, tanh)) -> Concat -> BatchNorm -> BatchNorm -> Dense(9, tanh);
        let v4 = v3 -> Dense(24, sigmoid, bias = false) -> Dense(19, mish, l2 = 0.01) -> Dense(9, linear);
        let v5 = (v4, seen -> Dense(9)) -> Add -> Dropout(0.1) -> Dense(11, mish, bias = false) -> LayerNorm -> Dense(19, sigmoid);
        shared all = v5 -> Dense(3, tanh);
        head h0 = all -> Dense(2) { loss: log_cosh, weight: 0.8 }
        head h1 = all -> Dense(3, sigmoid) { loss: binary_cross_entropy, weight: 0.6, labels: partial }
    }
}

mtl::multitask! {
    #[int8]
    pub struct Device11 {
        input x0: [13];
        input x1: [12];
        input x2: [6];
        input kind: class(4);
        let place = kind -> Embedding(5);
        let v0 = (place, x2 -> Dense(6, tanh)) -> Concat -> Dense(21, mish) -> LayerNorm -> LayerNorm -> Dense(3, softplus);
        let v1 = (place, x0 -> Dense(13, tanh)) -> Concat -> Dense(2, softplus, l2 = 0.01) -> Dense(15, silu);
        let v2 = (x1, v1 -> Dense(15, tanh)) -> Concat -> Dense(20, mish, bias = false) -> Dense(21, silu);
        let v3 = v2 -> Dense(12, tanh) -> Dropout(0.1) -> Dense(7, sigmoid);
        let v4 = (v0, v3 -> Dense(3)) -> Average -> LayerNorm -> BatchNorm -> Dense(23, sigmoid);
        shared all = v4 -> Dense(3, tanh);
        head h0 = all -> Dense(2) { loss: mse, weight: 0.1, labels: partial }
        head h1 = all -> Dense(2) { loss: log_cosh, weight: 0.7 }
    }
}
