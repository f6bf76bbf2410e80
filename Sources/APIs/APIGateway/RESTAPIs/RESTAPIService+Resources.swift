import AWS
import Foundation

extension RESTAPIService {
    static let resourceOperations: [String: Operation] = [
        "GetResources": { service, call in
            let api = try await service.api(call)
            let embedsMethods = embedsMethods(call)
            let resources = api.resources.values.sorted { ($0.path, $0.id) < ($1.path, $1.id) }
            return try list(resources.map { $0.described(embedsMethods: embedsMethods) }, call)
        },
        "GetResource": { service, call in
            try await service.api(call).resource(call).described(embedsMethods: embedsMethods(call))
        },
        "CreateResource": { service, call in
            let part = try call.required("pathPart")
            let parent = try call.required("parentId")
            return try await service.change(call) { api in
                JSON(try api.addResource(part, under: parent))
            }
        },
        "UpdateResource": { service, call in
            let operations = try PatchOperation.list(call.input)
            return try await service.change(call) { api in
                let id = try api.resource(call).id
                for operation in operations {
                    switch operation.path {
                    case "/pathPart": try api.move(id, part: try operation.replacement(), parent: nil)
                    case "/parentId": try api.move(id, part: nil, parent: try operation.replacement())
                    default: throw operation.invalid("/pathPart", "/parentId")
                    }
                }
                return try api.resource(call).described(embedsMethods: false)
            }
        },
        "DeleteResource": { service, call in
            try await service.change(call) { api in
                let resource = try api.resource(call)
                guard resource.parentId != nil else { throw AWSError.badRequest("Root resource cannot be deleted") }
                for id in api.subtree(of: resource.id) { api.resources[id] = nil }
            }
            return nil
        },
    ]

    private static func embedsMethods(_ call: AWSCall) -> Bool {
        call.input["embed"]?.array?.contains(.string("methods")) == true
    }
}

extension RESTAPI {
    private static let invalidPart = AWSError.badRequest(
        "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning "
            + "and the end."
    )

    func resource(_ call: AWSCall) throws -> RESTResource {
        guard let resource = resources[call.text("resourceId") ?? ""] else {
            throw AWSError.notFound("Invalid Resource identifier specified")
        }
        return resource
    }

    /// Adds a resource without methods.
    mutating func addResource(_ part: String, under parent: String) throws -> RESTResource {
        let path = try path(of: part, under: parent, except: nil)
        guard resources.count < APIStore.resourceLimit else {
            throw AWSError.limitExceeded(
                "Maximum number of resources for this API reached. The limit is \(APIStore.resourceLimit)."
            )
        }
        let resource = RESTResource(id: GatewayID.random(6), parentId: parent, pathPart: part, path: path)
        resources[resource.id] = resource
        return resource
    }

    /// Renames a resource or puts it under another one, with the resources below it.
    mutating func move(_ id: String, part: String?, parent: String?) throws {
        guard var resource = resources[id], let oldParent = resource.parentId, let oldPart = resource.pathPart else {
            throw AWSError.badRequest("Root resource cannot be updated")
        }
        let parent = parent ?? oldParent
        let subtree = subtree(of: id)
        guard !subtree.contains(parent) else {
            throw AWSError.badRequest("A resource cannot be its own parent.")
        }
        let path = try path(of: part ?? oldPart, under: parent, except: id)
        if (part ?? oldPart).hasSuffix("+}"), subtree.count > 1 {
            throw AWSError.badRequest("A resource with children cannot have a greedy path variable.")
        }
        let oldPath = resource.path
        resource.parentId = parent
        resource.pathPart = part ?? oldPart
        resource.path = path
        resources[id] = resource
        for child in subtree where child != id {
            guard let suffix = resources[child]?.path.dropFirst(oldPath.count) else { continue }
            resources[child]?.path = path + suffix
        }
    }

    /// The IDs of a resource and of all resources below it.
    func subtree(of id: String) -> [String] {
        let children = Dictionary(grouping: resources.values.filter { $0.parentId != nil }) { $0.parentId ?? "" }
        var found = [id]
        var next = 0
        while next < found.count {
            found += children[found[next]]?.map(\.id) ?? []
            next += 1
        }
        return found
    }

    /// Checks a new path part and returns the whole path.
    ///
    /// - Parameter id: The resource that has the part already, or will.
    private func path(of part: String, under parent: String, except id: String?) throws -> String {
        guard let parent = resources[parent] else { throw AWSError.notFound("Invalid Resource identifier specified") }
        guard part.utf8.count <= 255, part.wholeMatch(of: /[a-zA-Z0-9._:-]+|\{[a-zA-Z0-9._:-]+\+?\}/) != nil else {
            throw Self.invalidPart
        }
        if let greedy = parent.pathPart, greedy.hasSuffix("+}") {
            throw AWSError.badRequest("Cannot create a child of a resource with a greedy path variable: \(greedy)")
        }
        for sibling in resources.values where sibling.parentId == parent.id && sibling.id != id {
            guard let other = sibling.pathPart else { continue }
            guard other != part else {
                throw AWSError.conflict("Another resource with the same parent already has this name: \(part)")
            }
            guard !(part.hasPrefix("{") && other.hasPrefix("{")) || part.hasSuffix("+}") != other.hasSuffix("+}") else {
                throw AWSError.badRequest(
                    "A sibling (\(other)) of this resource already has a variable path part -- only one unique variable "
                        + "path part is allowed"
                )
            }
        }
        return parent.path == "/" ? "/" + part : parent.path + "/" + part
    }
}
