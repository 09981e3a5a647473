"""Policy expressions: the C# that the policy-expressions reference allows, checked when deployed and evaluated within limits."""
