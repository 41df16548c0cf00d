// SPDX-License-Identifier: EUPL-1.2

// Go's own transparency log arithmetic (golang.org/x/mod/sumdb/tlog) on the proofs that we make.
// Reads one JSON array from standard input, writes one line a case: "true" or "false".
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/tlog"
)

type oneCase struct {
	Kind  string   // root, inclusion or consistency
	Leaf  string   // data of the leaf, or of every leaf of a root, end to end
	Index int64    // of the leaf, or the size of the older tree
	Size  int64
	Old   string   // root of the older tree
	Root  string
	Proof []string
}

func hash(text string) (found tlog.Hash) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) != tlog.HashSize {
		panic("no hash: " + text)
	}
	copy(found[:], raw)
	return
}

func root(data []byte, width int64) tlog.Hash {
	var kept []tlog.Hash
	reader := tlog.HashReaderFunc(func(at []int64) (found []tlog.Hash, _ error) {
		for _, each := range at {
			found = append(found, kept[each])
		}
		return
	})
	size := int64(len(data)) / width
	for number := int64(0); number < size; number++ {
		more, err := tlog.StoredHashes(number, data[number*width:(number+1)*width], reader)
		if err != nil {
			panic(err)
		}
		kept = append(kept, more...)
	}
	found, err := tlog.TreeHash(size, reader)
	if err != nil {
		panic(err)
	}
	return found
}

func holds(asked oneCase) bool {
	raw, err := base64.StdEncoding.DecodeString(asked.Leaf)
	if err != nil {
		panic(err)
	}
	var proof []tlog.Hash
	for _, each := range asked.Proof {
		proof = append(proof, hash(each))
	}
	switch asked.Kind {
	case "root":
		return root(raw, 32) == hash(asked.Root)
	case "inclusion":
		return tlog.CheckRecord(proof, asked.Size, hash(asked.Root), asked.Index, tlog.RecordHash(raw)) == nil
	}
	return tlog.CheckTree(proof, asked.Size, hash(asked.Root), asked.Index, hash(asked.Old)) == nil
}

func main() {
	var cases []oneCase
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		panic(err)
	}
	for _, each := range cases {
		fmt.Println(holds(each))
	}
}
