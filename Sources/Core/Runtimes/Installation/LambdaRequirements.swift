/// The packages of the runtime for functions in Python, in the format of pip: AWS's runtime client, and boto3, which AWS also
/// provides. The hashes are those of the wheels for Python 3.10 to 3.14 on Linux.
enum LambdaRequirements {
    static let version = "4.2.2"
    static let text = #"""
        awslambdaric==4.2.2 \
            --hash=sha256:0bfd063e2b4c3f1c58e5a561fab3a15d71ed85dbfacb0a7a693b8d20f1d1c544 \
            --hash=sha256:1c6c1a9df7b32043f820204c035c0c9496b8203c8a39331712cb5f058ea6be8f \
            --hash=sha256:2215bca01bbdbdfa9579bb4204f55d3e91e6dee589b88f8f9d20a285a790c468 \
            --hash=sha256:4e53dbdf07c2c56824a7c539aeb65d15ea26858c1d7cdc89edf4d976dd50450f \
            --hash=sha256:702ead5196cf5ff30dcab997e4e4fca7ba020a258fa5ef996ef95955a0abab25 \
            --hash=sha256:71feb2fb303b73642a433154f2ea9eba8dd8c1da0863a3ff4c3916b9945b0de1 \
            --hash=sha256:a153a632c70b6bb3f2783bcf609e38182740d812a2424be03a26782484ff6610 \
            --hash=sha256:bd3ebafddd6c3283a2c7f121164f304273256c7fe3f9847be44d0c5f6fd2d792 \
            --hash=sha256:ea87f581768a7558b493a59ee9f4de6dcbc6444b888169afa01af71396ed731d \
            --hash=sha256:f04e362be24ae21f34beb9ad4847f94ebb915ccd5120925a227f721af20a411d
        boto3==1.44.8 \
            --hash=sha256:099caf21553bbbfef118904aa02fadb8776a534704cf00bede0ed9f29a4da88e
        botocore==1.44.8 \
            --hash=sha256:76342a76c338701db80dcb8afe1c9bd079283d6fffbb9d881442abb02a215043
        jmespath==1.1.0 \
            --hash=sha256:a5663118de4908c91729bea0acadca56526eb2698e83de10cd116ae0f4e97c64
        python-dateutil==2.9.0.post0 \
            --hash=sha256:a8b2bc7bffae282281c8140a97d3aa9c14da0b136dfe83f850eea9a5f7470427
        s3transfer==0.19.3 \
            --hash=sha256:24eb7535804306355e31c952a90022bf5b2f9d760f9a11062c7493a217c08553
        simplejson==4.3.0 \
            --hash=sha256:06306ed92b3860802ad9dd7fe88f122a7360b01e3936b8a355d6d689bb2bb774 \
            --hash=sha256:067473d6df8c185d6b32926373de6c0069c5b351b3caa340eb547db42c722bc7 \
            --hash=sha256:2091df1a8ad3ab6920d5f47527548cfd7a636bc09d91b824db23c7e0c1ddbef2 \
            --hash=sha256:213ce37252f42ff591a8e802c634185a37d1fc79a8356afab5b8271343dd6678 \
            --hash=sha256:82a24d31f06deea3ba1814c4c79f54b1573a3574b8a7c598b6a7f41ac488e047 \
            --hash=sha256:9e245f76fc0f7c621ff427a18263f866bf73af0222552ee5db07a73263af1e4a \
            --hash=sha256:c0eb226f43b76c1056d90b7e6998d5be3ed3f29e4467ecc4ee50c30d73c27fec \
            --hash=sha256:cd2819abdf930e4d6a6d68b1664fe1c817e69e116ecbb3c423725fe5e7ac5913 \
            --hash=sha256:ce5726e85a8462580b3c3f5098e9bcaa2d10dfd28233451aad5638a9d16b6d1c \
            --hash=sha256:e567f26e2ebeed3309f8e1f3a12b7a67170b5bd333b1c6e1acfe8a27b82f8714
        six==1.17.0 \
            --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274
        snapshot-restore-py==1.0.0 \
            --hash=sha256:38f99e696793790f54658e71c68c7a8a40cea877c81232b5052383b1301aceba
        urllib3==2.8.0 \
            --hash=sha256:0cf3cae568d36aa9576b28dfb35f11328f1cb974ca7647d9475ebb86c75ac6e3
        """#
}
