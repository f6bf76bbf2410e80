import ArgumentParser
import Testing

@testable import roost

@Suite("roost aws env")
struct EnvironmentTests {
    @Test(
        "values are quoted for the shell",
        arguments: [
            (ShellSyntax.sh, "a b", "export X='a b'"), (.sh, "it's $HOME", #"export X='it'\''s $HOME'"#),
            (.fish, #"it's \n"#, #"set -gx X 'it\'s \\n'"#),
        ]
    )
    func quoting(shell: ShellSyntax, value: String, command: String) { #expect(shell.set("X", value) == command) }

    @Test("a variable is removed in the shell's own way")
    func removal() {
        #expect(ShellSyntax.sh.unset("X") == "unset X")
        #expect(ShellSyntax.fish.unset("X") == "set -e X")
    }

    @Test("only a region of AWS is accepted")
    func regions() async throws {
        for region in ["us-east-1", "eu-central-2", "us-gov-west-1"] {
            #expect(try await AWSCommand.Environment.asyncParse(["--region", region]).region == region)
        }
        for region in ["local", "us-east", "us-east-1; rm", "US-EAST-1"] {
            await #expect {
                try await AWSCommand.Environment.asyncParse(["--region", region])
            } throws: { error in
                AWSCommand.Environment.message(for: error)
                    == "'\(region)' is not a valid region. Expected an AWS region such as us-east-1."
            }
        }
    }
}
