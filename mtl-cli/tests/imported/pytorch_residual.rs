mtl::multitask! {
    pub struct Net {
        input x: [8];

        shared first = x -> Dense(8);
        shared blocks = first -> LayerNorm(epsilon = 1e-5) -> Dense(8, gelu) -> Dense(8);
        shared add = (first, blocks) -> Add;
        shared blocks_2 = add -> LayerNorm(epsilon = 1e-5) -> Dense(8, gelu) -> Dense(8);
        shared add_1 = (add, blocks_2) -> Add;
        shared blocks_3 = add_1 -> LayerNorm(epsilon = 1e-5) -> Dense(8, gelu) -> Dense(8);
        shared add_2 = (add_1, blocks_3) -> Add;

        head level = add_2 -> Dense(1) { loss: mse }
        head kind = add_2 -> Dense(4, softmax) { loss: categorical_cross_entropy }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/pytorch_residual.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x: [1.858, 1.163, -0.383, -1.372, -0.64, 0.818, -0.801, 1.253] },
                &[&[0.38404232], &[0.109583594, 0.144014, 0.3205725, 0.42582986]],
            ),
            (
                NetInputs { x: [-0.201, 0.926, 0.88, -1.767, 0.317, -1.559, -0.412, -1.764] },
                &[&[-0.25028032], &[0.27057818, 0.14440727, 0.32296464, 0.26204985]],
            ),
            (
                NetInputs { x: [-0.39, 0.193, 0.091, -1.412, 0.799, -0.652, -0.049, -2.005] },
                &[&[-0.14518297], &[0.31052336, 0.11954244, 0.33977905, 0.23015518]],
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
