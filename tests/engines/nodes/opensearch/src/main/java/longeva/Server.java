// SPDX-License-Identifier: EUPL-1.2
package longeva;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.opensearch.common.logging.LogConfigurator;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;

/** One node of OpenSearch in its folder; the arguments are settings, NAME=VALUE. */
public final class Server {
    public static void main(String[] arguments) throws Exception {
        Settings.Builder given = Settings.builder();
        for (String argument : arguments) {
            given.put(argument.substring(0, argument.indexOf('=')), argument.substring(argument.indexOf('=') + 1));
        }
        Settings settings = given.build();
        Path home = Path.of(settings.get("path.home"));
        LogConfigurator.configureWithoutConfig(settings);
        Environment environment =
                InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), home.resolve("config"), () -> "node");
        new Node(environment).start();
        new CountDownLatch(1).await();
    }
}
