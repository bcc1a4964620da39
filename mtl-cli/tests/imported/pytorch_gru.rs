mtl::multitask! {
    pub struct Net {
        input days: [7, 3];

        shared gru_1 = days -> Gru(5);

        head high = gru_1 -> Dense(1) { loss: mse }
        head kind = gru_1 -> Dense(2, softmax) { loss: categorical_cross_entropy }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/pytorch_gru.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { days: [[1.428, 1.955, 0.288], [-1.772, 1.249, 0.923], [-0.277, 0.022, 1.14], [1.103, 0.498, 2.302], [0.738, 0.523, 0.101], [0.012, 0.972, -0.061], [0.25, -1.71, -1.452]] },
                &[&[-0.46580458], &[0.5784802, 0.42151982]],
            ),
            (
                NetInputs { days: [[-0.325, -0.352, 1.109], [-0.519, -1.325, 1.321], [0.661, -0.926, -0.625], [0.826, 0.449, 0.278], [1.193, 0.563, -0.963], [1.834, -0.829, 0.947], [1.896, -0.597, 0.18]] },
                &[&[-0.06378934], &[0.6091828, 0.39081725]],
            ),
            (
                NetInputs { days: [[-0.171, -1.054, 0.05], [-0.823, 1.406, 0.26], [0.192, -1.67, -0.335], [0.395, -0.429, 0.209], [-0.817, -0.787, -1.347], [-0.498, -0.235, -0.772], [0.18, -2.523, 0.363]] },
                &[&[-0.49058732], &[0.6242616, 0.37573838]],
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
