"""What a step of training costs, node by node: worked out beforehand, and measured."""
