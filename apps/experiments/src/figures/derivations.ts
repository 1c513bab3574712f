/** From the optimizer's trick to the correction that it makes, and to the penalty that stands for it. */
export interface Derivation {
  penalty: string;
  trick: string;
  update: readonly string[];
  correction: readonly string[];
  formula: readonly string[];
}

export const DERIVATIONS: readonly Derivation[] = [
  {
    penalty: 'SASP',
    trick: 'SAM',
    update: ['u = −η g(θ + ρ g/‖g‖)', 'the gradient uphill,', 'at twice the cost'],
    correction: ['c = ρ H g/‖g‖ + O(ρ²)', '= ∇(ρ‖g‖) + O(ρ²)', 'sharp where gradients are large'],
    formula: [
      'Φ = mean tr(Aᵢ)(‖hᵢ‖² + 1), the head',
      'Φ = √(mean tr JᵢᵀAᵢJᵢ), the network',
      'in one backward pass',
    ],
  },
  {
    penalty: 'CVP',
    trick: 'Cautious Weight Decay',
    update: [
      'θ ← θ − η(u + λ 1[u⊙θ ≥ 0]⊙θ)',
      'decay only where the step',
      'goes toward zero anyway',
    ],
    correction: ['c = λ a⊙θ', 'a = σ(β s/rms(s)), s = θ⊙g', 'curl ≠ 0: a has to be frozen'],
    formula: ['Φ = ½ Σ sg(aⱼ) θⱼ²', '∇Φ = a⊙θ', 'or decoupled, for Adam'],
  },
  {
    penalty: 'NGER',
    trick: 'NTKMTL',
    update: ['u = −η Σ wₜ gₜ', 'w by the speed of the tasks,', 'κₜ = ‖∇ℓₜ‖²'],
    correction: ['c = Σ wₜ gₜ − Σ gₜ', 'w ∝ rₜ/κₜ', 'rₜ: what is left above the noise'],
    formula: ['L = Σ sg(wₜ) ℓₜ', 'w = softmax(log rₜ − γ log κₜ)', 'instead of the loss'],
  },
  {
    penalty: 'SBMP',
    trick: 'NEFTune',
    update: ['u = −η g(E + (α/√m) ξ)', 'training on noisy', 'embeddings'],
    correction: ['c = g(E + (α/√m) ξ) − g(E)', '= ∇(L(Ê) − L(E))', 'noise on top of the labels'],
    formula: [
      'Φ = ½ KL(sg p ‖ q) + ½ KL(sg q ‖ p)',
      'p = p(E), q = p(Ê)',
      'stable predictions, no labels',
    ],
  },
  {
    penalty: 'DMTA',
    trick: 'AdEMAMix',
    update: ['u = −η(g + α m̄ₖ)', 'm̄ₖ = μ m̄ₖ₋₁ + (1−μ) gₖ,', 'a slow average'],
    correction: ['c = α(1−μ) g + αμ m̄ₖ₋₁', 'depends on history:', 'm̄ₖ₋₁ has to be frozen'],
    formula: ['Φₖ = α(1−μ) L + αμ⟨sg m̄ₖ₋₁, θ⟩', 'or Φ = 1 − cos(g, sg m̄)', 'one buffer'],
  },
];
