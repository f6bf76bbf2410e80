import AWS
import Definitions
import Foundation
import Functions
import Testing

@Suite("Lambda's operations")
struct LambdaAPITests {
    private static let path = "/2015-03-31/functions/f"
    private static let arn = "arn:aws:lambda:us-east-1:000000000000:function:f"
    private static let encodedARN = arn.replacing(":", with: "%3A")

    @Test("a function is created, read, changed and deleted")
    func functions() async throws {
        try await LambdaAPI.run { api in
            await api.create(#", "Tags": {"a": "1"}"#)
            let found = await api.send("GET", Self.path)
            #expect(found["Configuration"]?["State"]?.string == "Active")
            #expect(found["Tags"] == .object(["a": .string("1")]))
            #expect(found["Code"]?["Location"]?.string?.hasSuffix("/v1/functions/f/code?version=%24LATEST") == true)
            let changed = await api.send("PUT", Self.path + "/configuration", #"{"Timeout": 9, "MemorySize": 256}"#)
            #expect(changed["LastUpdateStatus"]?.string == "InProgress")
            let read = await api.send(
                "GET",
                "/2015-03-31/functions/\(Self.encodedARN)/configuration"
            )
            #expect(read["Timeout"]?.int == 9)
            #expect(read["LastUpdateStatus"]?.string == "Successful")
            let listed = await api.send("GET", "/2015-03-31/functions/?FunctionVersion=ALL")
            #expect(listed["Functions"]?.array?.compactMap { $0["FunctionArn"]?.string } == [Self.arn + ":$LATEST"])
            await api.send("DELETE", Self.path, expecting: 204)
            let missing = await api.send("GET", Self.path, expecting: 404)
            #expect(missing["Message"]?.string == "Function not found: \(Self.arn)")
            #expect(missing["Type"]?.string == "User")
        }
    }

    @Test("versions are numbered, and published only if something changed")
    func versions() async throws {
        try await LambdaAPI.run { api in
            await api.create()
            for (body, number) in [("{}", "1"), ("{}", "1"), (#"{"Description": "d"}"#, "2")] {
                let version = await api.send("POST", Self.path + "/versions", body, expecting: 201)
                #expect(version["Version"]?.string == number)
                #expect(version["FunctionArn"]?.string == "\(Self.arn):\(number)")
            }
            let updated = await api.send("PUT", Self.path + "/code", #"{"ZipFile": "ARCHIVE", "Publish": true}"#)
            #expect(updated["Version"]?.string == "3")
            #expect(updated["State"]?.string == "Pending")
            let listed = await api.send("GET", Self.path + "/versions")
            #expect(listed["Versions"]?.array?.compactMap { $0["Version"]?.string } == ["$LATEST", "1", "2", "3"])
            await api.send("DELETE", Self.path + "?Qualifier=1", expecting: 204)
            await api.send("GET", Self.path + "?Qualifier=1", expecting: 404)
            await api.send("DELETE", Self.path + "?Qualifier=%24LATEST", expecting: 400)
        }
    }

    @Test("an alias is created, changed and deleted")
    func aliases() async throws {
        try await LambdaAPI.run { api in
            await api.create(#", "Publish": true"#)
            let created = await api.send(
                "POST",
                Self.path + "/aliases",
                #"{"Name": "live", "FunctionVersion": "1"}"#,
                expecting: 201
            )
            #expect(created["AliasArn"]?.string == Self.arn + ":live")
            await api.send(
                "POST",
                Self.path + "/aliases",
                #"{"Name": "live", "FunctionVersion": "1"}"#,
                expecting: 409
            )
            let found = await api.send("GET", Self.path + "/configuration?Qualifier=live")
            #expect(found["FunctionArn"]?.string == Self.arn + ":live")
            #expect(found["Version"]?.string == "1")
            let weight = #"{"RoutingConfig": {"AdditionalVersionWeights": {"1": "half"}}}"#
            await api.send("PUT", Self.path + "/aliases/live", weight, expecting: 400)
            let changed = await api.send("PUT", Self.path + "/aliases/live", #"{"Description": "d"}"#)
            #expect(changed["Description"]?.string == "d")
            #expect(changed["RevisionId"] != created["RevisionId"])
            await api.send("DELETE", Self.path + "/aliases/live", expecting: 204)
            await api.send("DELETE", Self.path + "/aliases/live", expecting: 204)
            await api.send("GET", Self.path + "/aliases/live", expecting: 404)
        }
    }

    @Test("a policy has the statements that were added")
    func permissions() async throws {
        try await LambdaAPI.run { api in
            await api.create()
            await api.send("GET", Self.path + "/policy", expecting: 404)
            let request =
                #"{"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"}"#
            let added = await api.send("POST", Self.path + "/policy", request, expecting: 201)
            await api.send("POST", Self.path + "/policy", request, expecting: 409)
            let policy = await api.send("GET", Self.path + "/policy")
            let statement = try #require(added["Statement"]?.string)
            #expect(policy["Policy"]?.string == #"{"Id":"default","Statement":[\#(statement)],"Version":"2012-10-17"}"#)
            let function = await api.send("GET", Self.path + "/configuration")
            #expect(policy["RevisionId"] == function["RevisionId"])
            await api.send("DELETE", Self.path + "/policy/s?RevisionId=old", expecting: 412)
            await api.send("DELETE", Self.path + "/policy/s", expecting: 204)
            let empty = await api.send("DELETE", Self.path + "/policy/s", expecting: 404)
            #expect(empty["Message"]?.string == "No policy is associated with the given resource.")
        }
    }

    @Test("a function has one URL, and so has each of its aliases")
    func urls() async throws {
        try await LambdaAPI.run { api in
            await api.create()
            let path = "/2021-10-31/functions/f/url"
            let created = await api.send(
                "POST",
                path,
                #"{"AuthType": "NONE", "Cors": {"AllowOrigins": ["*"], "MaxAge": 7}}"#,
                expecting: 201
            )
            let url = try #require(created["FunctionUrl"]?.string)
            #expect(url.wholeMatch(of: /.*\/_aws\/lambda-url\/[a-z0-9]{32}\//) != nil)
            #expect(created["Cors"] == .object(["AllowOrigins": .array([.string("*")]), "MaxAge": .number(7)]))
            await api.send("POST", path, #"{"AuthType": "NONE"}"#, expecting: 409)
            let changed = await api.send("PUT", path, #"{"AuthType": "AWS_IAM", "Cors": {}}"#)
            #expect(changed["AuthType"]?.string == "AWS_IAM")
            #expect(changed["Cors"] == nil)
            #expect(await api.send("GET", path + "s")["FunctionUrlConfigs"]?.array?.count == 1)
            await api.send("POST", path + "?Qualifier=live", #"{"AuthType": "NONE"}"#, expecting: 404)
            await api.send("DELETE", path, expecting: 204)
            await api.send("DELETE", path, expecting: 404)
        }
    }

    @Test("tags and concurrency have limits")
    func settings() async throws {
        try await LambdaAPI.run { api in
            await api.create()
            let tags = "/2017-03-31/tags/" + Self.encodedARN
            await api.send("POST", tags, #"{"Tags": {"a": "1", "b": "2"}}"#, expecting: 204)
            await api.send("DELETE", tags + "?tagKeys=a&tagKeys=none", expecting: 204)
            #expect(await api.send("GET", tags)["Tags"] == .object(["b": .string("2")]))
            let many = (0..<50).map { #""k\#($0)": "v""# }.joined(separator: ", ")
            await api.send("POST", tags, "{\"Tags\": {\(many)}}", expecting: 400)
            await api.send("POST", tags + "%3A1", #"{"Tags": {"a": "1"}}"#, expecting: 400)

            let set = "/2017-10-31/functions/f/concurrency"
            let get = "/2019-09-30/functions/f/concurrency"
            #expect(await api.send("GET", get) == .object([:]))
            await api.send("PUT", set, #"{"ReservedConcurrentExecutions": 0}"#)
            #expect(await api.send("GET", get)["ReservedConcurrentExecutions"]?.int == 0)
            await api.send("PUT", set, #"{"ReservedConcurrentExecutions": 901}"#, expecting: 400)
            await api.send("PUT", set, #"{"ReservedConcurrentExecutions": 900}"#)
            let limits = await api.send("GET", "/2016-08-19/account-settings")["AccountLimit"]
            #expect(limits?["UnreservedConcurrentExecutions"]?.int == 100)
            await api.send("DELETE", set, expecting: 204)
            #expect(await api.send("GET", get) == .object([:]))
        }
    }

    @Test("layers have versions, and a function keeps the one that it uses")
    func layers() async throws {
        try await LambdaAPI.run { api in
            let path = "/2018-10-31/layers/l/versions"
            for number in 1...2 {
                let layer = await api.send("POST", path, #"{"Content": {"ZipFile": "ARCHIVE"}}"#, expecting: 201)
                #expect(layer["Version"]?.int == number)
            }
            let arn = "arn:aws:lambda:us-east-1:000000000000:layer:l:1"
            await api.create(#", "Layers": ["\#(arn)"]"#)
            let listed = await api.send("GET", path)
            #expect(listed["LayerVersions"]?.array?.compactMap { $0["Version"]?.int } == [2, 1])
            let found = await api.send(
                "GET",
                "/2018-10-31/layers?find=LayerVersion&Arn=" + arn.replacing(":", with: "%3A")
            )
            #expect(found["LayerVersionArn"]?.string == arn)
            await api.send("DELETE", path + "/1", expecting: 204)
            await api.send("DELETE", path + "/1", expecting: 204)
            await api.send("GET", path + "/1", expecting: 404)
            await api.send("GET", path + "/0", expecting: 400)
            let layers = await api.send("GET", Self.path + "/configuration")["Layers"]
            #expect(layers?.array?.first?["Arn"]?.string == arn)
            #expect((layers?.array?.first?["CodeSize"]?.int ?? 0) > 0)
        }
    }

    @Test("an event that cannot be handled is refused before a process starts")
    func invalidEvents() async throws {
        try await LambdaAPI.run { api in
            await api.create()
            let path = Self.path + "/invocations"
            let syntax = await api.send("POST", path, "{", expecting: 400)
            #expect(
                syntax["Message"]?.string?.hasPrefix(
                    "Could not parse request body into json: Could not parse payload into json: "
                ) == true
            )
            let missing = await api.send("POST", "/2015-03-31/functions/g/invocations", "{}", expecting: 404)
            #expect(missing["Message"]?.string == "Function not found: \(Self.arn.dropLast())g:$LATEST")
            let qualified = await api.send("POST", path + "?Qualifier=7", "{}", expecting: 404)
            #expect(qualified["Message"]?.string == "Function not found: \(Self.arn):7")
        }
    }

    @Test("a server that is stopping is not a function that is gone, so that no event is given up")
    func stopping() async throws {
        try await LambdaAPI.run { api in
            await api.create()
            try await api.functions.restore(serverURL: "http://127.0.0.1:1", signs: false)
            await api.functions.close()
            let event = FunctionEvent(payload: Data("{}".utf8))
            await #expect(throws: FunctionProblem.unavailable(reason: "the server is stopping")) {
                _ = try await api.functions.invoke("f", qualifier: nil, event, id: "1")
            }
            try await api.functions.enqueue("f", qualifier: nil, event, id: "2")
            #expect(try await api.functions.events(of: "f").map(\.state) == [.waiting])
        }
    }
}
