/// The cluster centers of a trained `kmeans` model.
package struct KMeansParameters: LearnedParameters {
    package var featureCount: Int
    /// Shape `[k, features]`.
    package var centers: [Float]

    private enum CodingKeys: String, CodingKey {
        case featureCount = "feature_dim"
        case centers
    }

    package init(featureCount: Int, centers: [Float]) {
        self.featureCount = featureCount
        self.centers = centers
    }

    package var outputs: [(name: String, width: Int)] { [("closest_cluster", 1), ("distance_to_cluster", 1)] }

    package var defect: String? {
        featureCount > 0 && !centers.isEmpty && centers.count.isMultiple(of: featureCount)
            ? nil : "the number of values in centers is not a multiple of feature_dim"
    }

    package func evaluate(_ row: UnsafePointer<Float>, _ results: [UnsafeMutablePointer<Float>]) {
        let (index, distance) = nearest(to: row)
        results[0].pointee = Float(index)
        results[1].pointee = distance.squareRoot()
    }

    /// Returns the nearest center and its squared Euclidean distance.
    package func nearest(to row: UnsafePointer<Float>) -> (index: Int, squaredDistance: Float) {
        centers.withUnsafeBufferPointer { centers in
            var best = (index: 0, squaredDistance: Float.infinity)
            for index in 0..<centers.count / featureCount {
                var sum: Float = 0
                for column in 0..<featureCount {
                    let difference = row[column] - centers[index * featureCount + column]
                    sum += difference * difference
                }
                if sum < best.squaredDistance { best = (index, sum) }
            }
            return best
        }
    }
}
