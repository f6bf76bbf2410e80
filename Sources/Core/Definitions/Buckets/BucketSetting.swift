/// What is kept with a bucket besides its objects, each as one document.
package enum BucketSetting: String, Sendable, CaseIterable {
    case website
    case cors
    case policy
    case publicAccessBlock
    case ownershipControls
    case acl
    case tagging
    case versioning
    case lifecycle
}
