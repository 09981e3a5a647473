"""Policy expressions: C# as the policy-expressions reference allows it, judged when deployed and evaluated within bounds."""
