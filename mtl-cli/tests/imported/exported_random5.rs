mtl::multitask! {
    pub struct Net {
        input x0: [5];
        input kind: class(5);
        input picture: [3, 3, 1];

        shared place = kind -> Embedding(3);
        shared seen = picture -> Conv2D(2, kernel = [3, 1]) -> silu -> AveragePool2D(2, padding = same) -> GlobalAveragePool;
        shared v0 = place -> GaussianNoise(0.1) -> Dense(3, sigmoid);
        shared v1 = (v0, x0 -> Dense(3)) -> Average -> Dropout(0.1) -> Dense(5);
        shared v2 = (place, seen -> Dense(2, tanh)) -> Concat -> LayerNorm -> LayerNorm -> Dense(5, sigmoid);
        shared v3 = v1 -> Dropout(0.1) -> GaussianNoise(0.1) -> Dense(3, softplus);
        shared v4 = (v2, v3 -> Dense(5)) -> Add -> LayerNorm -> GaussianNoise(0.1) -> BatchNorm -> Dense(3) -> mish;
        shared all = v4 -> Dense(3, tanh);

        head h0 = all -> Dense(1) { loss: log_cosh, weight: 0.4, labels: partial }
        head h1 = all -> Dense(4, softmax) { loss: categorical_cross_entropy, weight: 0.6 }
        head h2 = all -> Dense(3, sigmoid) { loss: binary_cross_entropy, weight: 0.1, labels: partial }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/exported_random5.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x0: [1.2128448, -1.4390314, 1.2820146, -0.76219153, -0.22905779], kind: 1, picture: [[[-0.18705845], [1.6127155], [-0.9301748]], [[-1.1764412], [-1.2175272], [-1.1279387]], [[0.89543104], [-1.2159126], [0.26302838]]] },
                &[&[-0.13809818], &[0.24751468, 0.11788108, 0.30992824, 0.32467598], &[0.3597649, 0.4497162, 0.7152627]],
            ),
            (
                NetInputs { x0: [1.4748614, -0.11349988, 1.4669814, -0.4849856, 1.171133], kind: 1, picture: [[[-0.5709164], [-1.8961716], [1.9622483]], [[1.1019013], [-1.7118201], [1.437846]], [[1.4457443], [1.5401964], [0.02873826]]] },
                &[&[-0.13829523], &[0.24745227, 0.11781901, 0.30983257, 0.3248962], &[0.35956988, 0.4498664, 0.7149264]],
            ),
            (
                NetInputs { x0: [1.7368779, 1.2120316, 1.6519482, -0.20777941, -1.4286761], kind: 1, picture: [[[-0.95477414], [-1.4050584], [0.8546715]], [[-0.61975646], [1.7938869], [0.0036306381]], [[1.9960573], [0.29630542], [-0.20555186]]] },
                &[&[-0.13839674], &[0.24755585, 0.11785431, 0.30986807, 0.32472178], &[0.35983402, 0.44977212, 0.71525425]],
            ),
            (
                NetInputs { x0: [1.9988945, -1.4624367, 1.836915, 0.06942654, -0.028485298], kind: 1, picture: [[[-1.3386321], [-0.91394544], [-0.25290537]], [[1.658586], [1.2995939], [-1.4305847]], [[-1.4536295], [-0.9475856], [-0.43984175]]] },
                &[&[-0.13823202], &[0.24750632, 0.11785601, 0.30988488, 0.3247528], &[0.35972512, 0.44977462, 0.7151613]],
            ),
        ];
        for (row, (inputs, heads)) in rows.iter().enumerate() {
            let outputs = MODEL.predict(inputs);
            for (head, expected) in heads.iter().enumerate() {
                let found = <Net as mtl::Model>::output_numbers(&outputs, head);
                assert_eq!(found.len(), expected.len());
                for (&found, &expected) in found.iter().zip(*expected) {
                    let bound = 1e-5 * expected.abs().max(1.0);
                    assert!((found - expected).abs() <= bound, "row {row}, head {head}: {found}, and {expected} in the source");
                }
            }
        }
    }
}
