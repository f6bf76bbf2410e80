import NativeAPI
import Words

extension Status {
    init(_ status: Endpoint.Status) {
        switch status {
        case .creating: self.init(.busy, "Creating")
        case .inService: self.init(.ok, "In service")
        case .updating: self.init(.busy, "Updating")
        case .deleting: self.init(.busy, "Deleting")
        case .failed: self.init(.bad, "Failed")
        }
    }
}
