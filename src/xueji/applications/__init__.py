"""What graduates apply for (学历证明书, 学历认证): facts, pictures of papers, submission, receipt and place in the queue."""
