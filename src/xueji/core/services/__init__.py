"""What the law says of services for graduates (学历证明书, 学历认证): who issues, which papers, when an office is open."""
