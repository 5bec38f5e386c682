package main

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"standin/cmd/launch"
)

// buildRevision builds the stand-in of a revision in a worktree below work. It always removes the worktree.
func buildRevision(ctx context.Context, revision, work, binary string) error {
	tree := filepath.Join(work, "tree")
	added := launch.Run(ctx, ".", "git", "worktree", "add", "--detach", "--quiet", tree, revision)
	var built error
	if added == nil {
		built = build(ctx, tree, binary)
	}
	const atMost = time.Minute
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), atMost) // Remove the worktree after an interrupt, too.
	defer cancel()
	removed := launch.Run(ending, ".", "git", "worktree", "remove", "--force", tree)
	if added != nil {
		return added // The worktree may not exist, so ignore the error of its removal.
	}
	return errors.Join(built, removed)
}

// build builds the stand-in in a directory. It sets the same version and commit in both builds, so these need not be
// normalized.
func build(ctx context.Context, dir, binary string) error {
	return launch.Run(ctx, dir, "go", "build", "-trimpath", "-ldflags", "-s -w -X main.version=same -X main.commit=same", "-o", binary, "./cmd/standin")
}
